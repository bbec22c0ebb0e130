# Every sentence that the bot says, in English. zh.ftl holds the same keys.

# Shared by all platforms
writing = Writing…
in-line = You are number { $place } in line.
waiting-for-broker = I have noted your request and will write as soon as I can.
empty-prompt = Tell me what to write about, for example: a haiku about rain.
prompt-too-long = That is { $length } characters; I can read { $limit } at most.
unknown-form = I do not know the form “{ $form }”. I can write: { $forms }.
blocked-prompt = I would rather not write about that as it is put. Please ask again in other words.
blocked-text = I wrote something that I should not show here. Please ask again in other words.
and-more = { $names } and { $more } more
unknown-completion = I no longer know that piece, so I could not keep your rating.
nothing-to-follow = I do not know which piece you mean. Please answer the piece itself, once it is written.
nothing-of-yours = Nothing here was written for you yet. Tell me what to write, or tap ↻ below the piece you mean.
busy = So many readers are waiting that I cannot take another request. Please come back in { $minutes ->
    [one] a minute
   *[other] { $minutes } minutes
}.
too-many-waiting = You have { $waiting ->
    [one] one request
   *[other] { $waiting } requests
} waiting already. Please ask again as soon as one is written.
not-allowed = I may not write here for you. Whoever runs me decides who may ask.
quota-used = You have asked { $asked ->
    [one] once
   *[other] { $asked } times
} today, and that is as often as one reader may. Please ask again in { $hours ->
    [one] an hour
   *[other] { $hours } hours
}.
paused = I am taking a break and take no requests right now. Please try again later.
ai-written = Written by an AI.
nothing-to-stop = There is nothing being written for you right now.
writing-failed = I could not write this one. Please ask again. (No. { $prompt })
cancelled = Stopped.
service-down = I cannot take requests right now. Please try again in a few minutes.
with-incident = { $sentence } (No. { $incident })
rated-up = Thank you, noted: more like this.
rated-down = Thank you, noted: less like this.
rating-cleared = Your rating is taken back.
button-up = 👍
button-down = 👎
chosen = Thank you, noted: you prefer this one.
button-again = ↻ Again
button-variants = 3 variants
button-choose = ✓ Choose this
not-operator = Only this service's operators can do that.
requests-paused = Paused: I take no new requests.
requests-resumed = I take requests again.
version-of = Live: { $champion }, on trial: { $canary }
status = Writers: { $writers }, waiting: { $waiting }, being written: { $writing }. Today: { $completions } pieces, { $ratings } ratings. Last training: { $run }
learning = Noted: I will learn from you.
not-learning = Noted: I will not learn from you.
why = What was wrong with it?
reason = { $reason ->
    [off_topic] Off topic
    [form] Wrong form
    [dull] Dull
    [language] Clumsy language
    [tone] Wrong tone
   *[other] Something else
}
reason-kept = Thank you, that helps.
button-edit = ✎ Edit
button-stop = ■ Stop
button-export = Export
button-erase = Erase everything
button-learn = { $consent ->
    [yes] Learn from me
   *[no] Don't learn from me
}
keep = Save
deny = Keep it
version-title = Your version
version-lead = Change it until you like it: I learn most from your own version.
version-empty = There is nothing left of it.
version-kept = Thank you: your version is kept.
settings = Settings
language-lead = The language I speak with you
learns = { $consent ->
    [yes] I learn from your requests and reactions.
   *[no] I do not learn from your requests and reactions.
}
stored = Stored of you: { $prompts } requests, { $completions } pieces, { $ratings } ratings, { $preferences } choices, { $demonstrations } own versions.
since = Since: { $since }
erase-title = Erase everything?
erase-text = Your requests, pieces and ratings are removed for good.
erased = Erased: { $prompts } requests, { $completions } pieces, { $ratings } ratings, { $preferences } choices, { $demonstrations } own versions.
erased-versions = These versions of the model had learned from them: { $versions }.

# In a channel
notice-surge = Readers are unhappy: in the last hour { $unhappy } of the { $readers } who rated anything disliked what they got. Usually it is { $usual } in a hundred. Version { $version } is writing; an operator can go back to the one before.
digest-title = The week in writing
digest-written = { $written ->
    [one] One piece was written.
   *[other] { $written } pieces were written.
}
digest-unrated = Nobody rated anything.
digest-rated = Liked: { $liked }, disliked: { $disliked }. That is { $share } in a hundred liked.
digest-rated-against = Liked: { $liked }, disliked: { $disliked }. That is { $share } in a hundred liked, after { $before } in the week before.
digest-same-version = { $runs ->
    [0] The model is the same: { $version }.
    [one] The model is the same, after one training run: { $version }.
   *[other] The model is the same, after { $runs } training runs: { $version }.
}
digest-new-version = { $runs ->
    [one] The model has changed, after one training run: { $version } writes, in the place of { $before }.
   *[other] The model has changed, after { $runs } training runs: { $version } writes, in the place of { $before }.
}
digest-best = What readers liked best:
digest-plot = Likes (above) and dislikes (below), day by day; dashed: another version began to write

# Telegram
telegram-help =
    Tell me what to write about, or name a kind of writing: { $forms }
    For example: /haiku the last train home
    Rate what I write with 👍 and 👎: I learn from it every night.
    /variants, /again, /shorter: more of the newest piece. /stop: stop writing
    /settings: your language, and whether I learn from you. /mydata: what is stored of you
telegram-version = Send me your own version as a reply to this message: I learn most from it.
telegram-button-version = ✎ My version
telegram-as-telegram = As in Telegram
telegram-in-private = Please ask me that in a private chat: it is nobody else's business.
telegram-consent = I learn from your requests and reactions to write better. You can opt out here or with /settings.
telegram-consent-wanted = May I learn from your requests and reactions to write better? I do so only if you say yes, here or with /settings.
telegram-consent-beside = { $consent ->
    [yes] I learn from requests and reactions to write better. You can opt out: write me /settings in a private chat.
   *[no] May I learn from your requests and reactions? I do so only if you say yes: write me /settings in a private chat.
}
telegram-group-privacy = In this group I see commands and replies to my messages, nothing else: Telegram's privacy mode is on. Ask me with a command that names me, /poem{ $bot } rain, or reply to a piece.
telegram-group-open = In this group I answer commands, replies to my messages and mentions of { $bot }; everything else I leave alone and do not keep.
telegram-group-learning = Whether I learn from your requests and reactions, each of you settles with /settings in a private chat.
telegram-command = { $form ->
    [help] What I can do
    [variants] Three variants of the newest piece, or of a theme
    [again] Write the newest piece once more
    [shorter] Make the newest piece shorter
    [settings] Your language, and whether I learn from you
    [mydata] What is stored of you, to take along or to erase
    [stop] Stop what I am writing for you
    [free_verse] Write free verse, for example: /free_verse rain
    [wujue] Write a Chinese wujue (五绝), for example: /wujue 秋夜
    [qijue] Write a Chinese qijue (七绝), for example: /qijue 秋夜
    [duilian] Write a Chinese couplet (对联), for example: /duilian 春天
    [plot_outline] Outline a story, for example: /plot_outline a stolen bell
    [character] Invent a character, for example: /character a retired thief
    [dialogue] Write a dialogue, for example: /dialogue a late train
    [scene] Write a scene, for example: /scene a storm at sea
    [lyrics] Write song lyrics, for example: /lyrics rain
    [chord_sheet] Write a song with chords, for example: /chord_sheet rain
    [slogan] Write a slogan, for example: /slogan a bakery
    [ad_copy] Write an advertisement, for example: /ad_copy a bakery
    [product_description] Describe a product, for example: /product_description a teapot
    [headline] Write a headline, for example: /headline rain
   *[other] Write a { $form }, for example: /{ $form } rain
}
telegram-button-write = ✍ Write
telegram-inline-title = Write: { $theme }
telegram-inline-hint = Send it, then tap the button below it.
telegram-inline-asked = { $theme } …
telegram-inline-forgotten = I no longer know what I was to write here. Please ask anew.

# Terminal
terminal-welcome = Tell me what to write, for example: a haiku about rain. Then type + or - to rate it, “again” for another, “/variants” for three to choose from, or what is to become of it: shorter, sadder, continue. An empty line leaves.
terminal-choose = Type 1 to { $count } to choose one, +2 or -2 to rate the second.

# Slack
slack-not-invited = I cannot write in this place. Invite me with /invite, or ask me in a direct message.
slack-given-up = Slack does not take what I wrote for you, and I have stopped trying. Please ask again. (No. { $prompt })
slack-help =
    Ask me with /poem, /write, a mention or a direct message. React to what I write: I learn from it.
    /rhapsode settings: your language, and whether I learn from you
    /rhapsode mydata: what is stored of you, to take along or to erase
    /rhapsode stop: stop what I am writing for you
    For operators: /rhapsode status, version, pause, resume
slack-consent = I learn from your requests and reactions to write better. You can opt out here or in my home.
slack-consent-wanted = May I learn from your requests and reactions to write better? I do so only if you say yes, here or in my home.
slack-no-view = I could not open the form in time. Please try again.
slack-comment = In your own words
slack-opinion-title = What was wrong?
slack-button-comment = Say more…
slack-button-write = Write something…
slack-button-data = My data
slack-request-title = What shall I write?
slack-theme = About what?
slack-any-form = As the words say
slack-tone = Tone, for example: wistful
slack-language = Language
slack-as-asked = As I ask
slack-as-slack = As in Slack
slack-length = Length
slack-length-of = { $length ->
    [short] Short
    [long] Long
   *[usual] As usual
}
slack-change-title = Rewrite as…
slack-change = What is to become of it? For example: a haiku, shorter, sadder
slack-continue = continue
slack-version-limit = I can keep { $limit } characters of it at most; the piece has { $length }.
slack-version = { $parts ->
    [1] Text
   *[other] Text, part { $part } of { $parts }
}
slack-version-too-long = This text is too long for a form.
slack-message-too-long = That message is too long for me to take on as a whole. Copy the part that you mean into /write.
slack-home-lead = Ask me for a poem, a story or a slogan, here, in a channel or in a direct message.
slack-favourites = Favourites of the week
slack-data-title = My data
slack-writing-status = is writing…

# Studio
studio-name = Rhapsode
studio-tagline = A writing partner that gets better with every reaction.
studio-nav = Pages
studio-nav-write = Write
studio-nav-learning = Learning
studio-nav-favourites = Favourites
studio-nav-operations = Operations
studio-sign-in = Sign in
studio-sign-out = Sign out
studio-sign-in-lead = Whoever runs this studio has the password.
studio-sign-in-first = Sign in first.
studio-password = Password
studio-wrong-password = That is not the password.
studio-too-many-tries = Too many tries. Please wait { $minutes ->
    [one] a minute
   *[other] { $minutes } minutes
}.
studio-refused-host = The studio does not go by that name here: see RHAPSODE_STUDIO_NAMES.
studio-refused-origin = A page of another site asked for that: refused.
studio-refused-proxy = This came through a proxy, and the studio asks nobody for a password: set RHAPSODE_STUDIO_PASSWORD.
studio-operators-only = Only operators can do that here.
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
studio-form-couplet = Couplet
studio-form-free_verse = Free verse
studio-form-wujue = Wujue 五绝
studio-form-qijue = Qijue 七绝
studio-form-duilian = Duilian 对联
studio-form-plot_outline = Plot outline
studio-form-character = Character
studio-form-dialogue = Dialogue
studio-form-scene = Scene
studio-form-chord_sheet = Chord sheet
studio-form-ad_copy = Ad copy
studio-form-product_description = Product description
studio-form-headline = Headline
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
studio-choose = Choose this
studio-change = Change…
studio-change-placeholder = Shorter, sadder, make it rhyme, continue…
studio-changing = Change: { $title }
studio-keep = Write something new instead
studio-continued = continued
studio-copy = Copy
studio-copied = Copied
studio-picture = Picture
studio-cancel = Leave it as it is
studio-older = Older pieces
studio-facts = { $form } · { $version } · { $seconds } s
studio-learning = Learning
studio-learning-lead = What readers thought of the pieces, and what was learned from it.
studio-doing = One moment…
studio-done = Done.
studio-not-done = Not done: { $why }
studio-paused = Paused: no requests are taken
studio-learning-paused = Learning is paused: no run begins
studio-run-now = Run now
studio-rollback = Roll back
studio-pause = Pause requests
studio-pause-learning = Pause learning
studio-learn-again = Learn again
studio-resume = Take requests again
studio-promote = Promote
studio-promote-version = Promote { $version }
studio-end-trial = End the trial
studio-trial = On trial: { $version }, { $share } of the readers
studio-trial-readers = { $tried } of { $readers } readers who count have tried it; { $ahead } in the mean.
studio-trial-time = Since { $since }, until { $until } at most (UTC).
studio-trial-better = Better: evidence { $value } of { $needed }
studio-trial-worse = Worse: evidence { $value } of { $needed }
studio-trend = How readers rate
studio-trend-lead = Share of liked pieces by the day they were written, with 95 % intervals. A reader counts once for a piece.
studio-as-table = As a table
studio-by-version = By version, last 30 days
studio-look-at-run = Look at run { $run }
studio-run = Run { $run }
studio-loss = Loss by step
studio-perplexity = Perplexity by epoch
studio-dev-perplexity = Perplexity, dev
studio-test-perplexity = Perplexity, test
studio-heldout-perplexity = Perplexity, favourites held back
studio-verdict = Verdict, rule by rule
studio-measured = All that was measured
studio-figures = Figures
studio-dataset = What it learned from
studio-dataset-of = { $items } items: { $asked ->
    [one] one reader asked
   *[other] { $asked } readers asked
}, { $rated ->
    [one] one rated
   *[other] { $rated } rated
}.
studio-dataset-erased = { $erased } of them were erased with their readers since.
studio-by-kind = By kind
studio-by-form = By form
studio-left-out = Not learned from
studio-liked = liked
studio-disliked = disliked
studio-heldout = held back for judging
studio-kind-rated = Rated
studio-kind-demonstration = Readers' own versions
studio-kind-pair = Pairs
studio-kind-replay = From corpora
studio-left-follow-up = Follow-ups
studio-left-own-version-is-empty-or-the-same = Own version empty or the same
studio-left-readers-are-undecided = Readers are undecided
studio-left-choice-in-a-follow-up = Choice in a follow-up
studio-left-readers-chose-differently = Readers chose differently
studio-left-more-than-wanted = More than wanted
studio-left-more-pairs-than-wanted = More pairs than wanted
studio-left-pair-of-the-same-text = Pair of the same text
studio-left-nearly-the-same-as-another-text = Nearly the same as another text
studio-left-nearly-a-request-that-is-judged-on = Nearly a request that is judged on
studio-samples = Before and after
studio-samples-lead = What both versions wrote for the same prompts of ours, with the same seeds.
studio-favourites = Favourites
studio-favourites-of-all = The best-rated pieces of readers who consent. Many who like a piece are surer than one.
studio-favourites-own = The best-rated of your pieces.
studio-no-favourites = Nothing that anybody likes here yet.
studio-filter = Filter
studio-filter-form = Form
studio-filter-language = Language
studio-filter-version = Version
studio-filter-period = Written
studio-any = Any
studio-language-en = English
studio-language-zh = Chinese
studio-period-week = In the last week
studio-period-month = In the last month
studio-period-year = In the last year
studio-liked-by = Liked by { $liked } of { $rated } readers, at least { $sure } of all
studio-origin = Where it comes from
studio-origin-prompt = Asked for: { $form }
studio-origin-text = Written { $when } UTC by { $version } as { $arm }, seed { $seed }
studio-origin-base = { $version } is the base: it has learned from nobody here
studio-origin-import = { $version } did not write here: the piece was imported with its ratings
studio-origin-elsewhere = { $version } was made elsewhere: no run of this service made it
studio-origin-corpus = It learned from the poems in { $corpus }, and from no reader
studio-origin-run = Run { $run } made { $version } from { $parent }
studio-origin-rows = It learned from { $liked } liked and { $disliked } disliked pieces, and { $beside } others beside them
studio-origin-learned = Learned from since by { $versions }
studio-operations = Operations
studio-operations-lead = The last hour, as it stands now.
studio-no-broker = The broker does not answer: requests are kept, and written once it is back.
studio-watch-waiting = Waiting
studio-watch-under-way = Being written
studio-watch-texts = Texts, last hour
studio-watch-pace = Texts a minute
studio-watch-tokens = Tokens a minute
studio-watch-first-token = First token, median / 95 %
studio-watch-whole-text = Whole text, median / 95 %
studio-writers = Writers
studio-is-champion = the champion
studio-is-other = another than the champion
studio-delivery = Delivery, after a text is written
studio-failures = Errors of the last day
studio-failed-prompt = Request
studio-failed-delivery = Delivery
studio-failed-run = Training run
studio-machine = Disk and GPUs
studio-disk = Disk: { $free } free of { $of }
studio-disk-full = Little room is left on the disk.
studio-kept = The database takes { $size }.
studio-gpu = { $name }: { $used } of { $of } used, { $busy } busy
studio-no-gpu = No writer reports a GPU.
studio-before = Before
studio-after = After
studio-demand-kept = kept
studio-demand-gained = gained
studio-demand-by-the-critic = by the critic
studio-metric-perplexity = Perplexity of favourites
studio-metric-bits-per-byte-human = Surprise at human text
studio-metric-bits-per-byte-liked = Surprise at favourites
studio-metric-preference-accuracy = Pairs told apart
studio-metric-contrast = Liked before disliked
studio-metric-distinct-2 = Variety of word pairs
studio-metric-distinct-3 = Variety of word triples
studio-metric-self-bleu = Likeness among pieces
studio-metric-repetition = Repetition
studio-metric-form = In form
studio-metric-words = Words a piece
studio-metric-safe = May be shown
studio-metric-original = Quotes nothing
studio-metric-score = Score by a reader
studio-metric-liking = Liking by the critic
studio-metric-wins = Wins
studio-metric-critic-accuracy = Accuracy of the critic
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
studio-column-act = Do
studio-column-rule = What
studio-column-difference = Difference
studio-column-value = Value
studio-column-interval = Interval
studio-column-n = n
studio-column-share = Liked
studio-column-standing = Standing
studio-column-platform = Platform
studio-column-shown = Shown
studio-column-lag = Median / 95 %
studio-column-waiting = Waiting
studio-column-given-up = Given up
studio-column-failed = What failed
studio-column-last = Last (UTC)
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
studio-status-trained = trained
studio-status-promoted = promoted
studio-status-passed = passed
studio-status-failed-rule = failed
studio-status-skipped = skipped
studio-status-failed = failed
