# 机器人所说的每一句话（简体中文）。键与 en.ftl 相同。

# 各平台共用
writing = 正在写……
waiting-for-broker = 已记下你的请求，一有空就写。
empty-prompt = 告诉我写什么，例如：一首关于雨的俳句。
prompt-too-long = 你写了 { $length } 个字符，我最多能读 { $limit } 个。
unknown-form = 我不认识“{ $form }”这种体裁。我会写：{ $forms }。
unknown-completion = 我已经找不到那篇作品了，没能记下你的评价。
nothing-to-stop = 现在没有正在为你写的作品。
writing-failed = 这一篇没有写成，请再试一次。（编号 { $prompt }）
cancelled = 已停止。
service-down = 现在无法接收请求，请过几分钟再试。
rated-up = 谢谢，记住了：以后多写这样的。
rated-down = 谢谢，记住了：以后少写这样的。
rating-cleared = 已撤回你的评价。
button-up = 👍
button-down = 👎
button-again = ↻ 再写一篇

# Telegram
telegram-help =
    告诉我写什么，或者选一种体裁：{ $forms }
    例如：/haiku 末班车
    用 👍 和 👎 评价我写的东西，我每晚都会从中学习。
telegram-command = { $form ->
    [help] 我会做什么
    [poem] 写一首诗，例如：/poem 雨
    [haiku] 写一首俳句，例如：/haiku 雨
    [limerick] 写一首打油诗，例如：/limerick 雨
    [quatrain] 写一首四行诗，例如：/quatrain 雨
    [sonnet] 写一首十四行诗，例如：/sonnet 雨
    [story] 写一个故事，例如：/story 雨
    [lyrics] 写一段歌词，例如：/lyrics 雨
    [slogan] 写一句口号，例如：/slogan 雨
    [quest] 写一个冒险任务，例如：/quest 雨
   *[other] 写一篇作品，例如：/{ $form } 雨
}

# 终端
terminal-welcome = 告诉我写什么，例如：一首关于雨的俳句。写完后输入 + 或 - 评价，输入 again 再写一篇，空行离开。

# Slack
slack-not-invited = 我无法在这里发言。请用 /invite 邀请我，或者私信我。

# 工作室（浏览器）
studio-name = Rhapsode
studio-tagline = 越读越懂你的写作伙伴。
studio-nav = 页面
studio-nav-write = 写作
studio-nav-learning = 学习
studio-forms = 体裁
studio-form-poem = 诗
studio-form-haiku = 俳句
studio-form-limerick = 打油诗
studio-form-quatrain = 四行诗
studio-form-sonnet = 十四行诗
studio-form-story = 故事
studio-form-lyrics = 歌词
studio-form-slogan = 标语
studio-form-quest = 任务
studio-ask = 写点什么？
studio-placeholder = 一首关于雨的俳句，一个给疲惫朋友的故事……
studio-send = 写
studio-hint = 回车发送，Shift + 回车换行。
studio-pieces = 你的作品
studio-empty = 选一种体裁，写下主题；或者从这些开始：
studio-example-1 = 一首关于雨的俳句
studio-example-2 = 写一个关于开面包店的猫的故事
studio-example-3 = 给永不打烊的图书馆写一句标语
studio-rate-up = 多写这样的
studio-rate-down = 少写这样的
studio-copy = 复制
studio-copied = 已复制
studio-facts = { $form } · { $version } · { $seconds } 秒
studio-learning = 学习
studio-learning-lead = 读者怎么看这些作品，又从中学到了什么。
studio-no-database = 数据库没有回应，这些数字可能已经过时。
studio-none = 暂无。
studio-count-prompts = 请求
studio-count-waiting = 等待中
studio-count-completions = 作品
studio-count-up = 喜欢
studio-count-down = 不喜欢
studio-count-readers = 读者
studio-champion = 现任版本
studio-versions = 模型版本
studio-runs = 训练
studio-deployments = 部署
studio-column-version = 版本
studio-column-status = 状态
studio-column-metrics = 指标
studio-column-parent = 上一版本
studio-column-run = 训练
studio-column-outcome = 结果
studio-column-reason = 原因
studio-column-since = 开始（UTC）
studio-column-until = 结束（UTC）
studio-status-candidate = 候选
studio-status-canary = 试用
studio-status-live = 使用中
studio-status-retired = 已退役
studio-status-rejected = 未通过
studio-status-quarantined = 已隔离
studio-status-queued = 排队中
studio-status-running = 进行中
studio-status-promoted = 已上线
studio-status-skipped = 已跳过
studio-status-failed = 失败
