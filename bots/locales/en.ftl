# Every sentence that the bot says, in English. zh.ftl holds the same keys.

# Shared by all platforms
writing = Writing…
waiting-for-broker = I have noted your request and will write as soon as I can.
empty-prompt = Tell me what to write about, for example: a haiku about rain.
prompt-too-long = That is { $length } characters; I can read { $limit } at most.
unknown-form = I do not know the form “{ $form }”. I can write: { $forms }.
unknown-completion = I no longer know that piece, so I could not keep your rating.
nothing-to-stop = There is nothing being written for you right now.
writing-failed = I could not write this one. Please ask again. (No. { $prompt })
cancelled = Stopped.
service-down = I cannot take requests right now. Please try again in a few minutes.
rated-up = Thank you, noted: more like this.
rated-down = Thank you, noted: less like this.
rating-cleared = Your rating is taken back.
button-up = 👍
button-down = 👎
button-again = ↻ Again

# Telegram
telegram-help =
    Tell me what to write about, or name a kind of writing: { $forms }
    For example: /haiku the last train home
    Rate what I write with 👍 and 👎: I learn from it every night.
telegram-command = { $form ->
    [help] What I can do
   *[other] Write a { $form }, for example: /{ $form } rain
}

# Terminal
terminal-welcome = Tell me what to write, for example: a haiku about rain. Then type + or - to rate it, “again” for another, an empty line to leave.

# Slack
slack-not-invited = I cannot write in this place. Invite me with /invite, or ask me in a direct message.

# Studio
studio-name = Rhapsode
studio-tagline = A writing partner that gets better with every reaction.
studio-nav = Pages
studio-nav-write = Write
studio-nav-learning = Learning
studio-forms = Form
studio-form-poem = Poem
studio-form-haiku = Haiku
studio-form-limerick = Limerick
studio-form-quatrain = Quatrain
studio-form-sonnet = Sonnet
studio-form-story = Story
studio-form-lyrics = Lyrics
studio-form-slogan = Slogan
studio-form-quest = Quest
studio-ask = What shall I write?
studio-placeholder = A haiku about rain, a story for a tired friend…
studio-send = Write
studio-hint = Enter sends, Shift + Enter starts a new line.
studio-pieces = Your pieces
studio-empty = Pick a form and name a theme, or start with one of these:
studio-example-1 = a haiku about rain
studio-example-2 = a limerick about a cat who runs a bakery
studio-example-3 = a slogan for a library that never closes
studio-rate-up = More like this
studio-rate-down = Less like this
studio-copy = Copy
studio-copied = Copied
studio-facts = { $form } · { $version } · { $seconds } s
studio-learning = Learning
studio-learning-lead = What readers thought of the pieces, and what was learned from it.
studio-no-database = The database does not answer; these figures may be old.
studio-none = None yet.
studio-count-prompts = Prompts
studio-count-waiting = Waiting
studio-count-completions = Completions
studio-count-up = Liked
studio-count-down = Disliked
studio-count-readers = Readers
studio-champion = Champion
studio-versions = Model versions
studio-runs = Training runs
studio-deployments = Deployments
studio-column-version = Version
studio-column-status = Status
studio-column-metrics = Metrics
studio-column-parent = Parent
studio-column-run = Run
studio-column-outcome = Outcome
studio-column-reason = Reason
studio-column-since = Since (UTC)
studio-column-until = Until (UTC)
studio-status-candidate = candidate
studio-status-canary = canary
studio-status-live = live
studio-status-retired = retired
studio-status-rejected = rejected
studio-status-quarantined = quarantined
studio-status-queued = queued
studio-status-running = running
studio-status-promoted = promoted
studio-status-skipped = skipped
studio-status-failed = failed
