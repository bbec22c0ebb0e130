# 机器人所说的每一句话（简体中文）。键与 en.ftl 相同。

# 各平台共用
writing = 正在写……
in-line = 你排在第 { $place } 位。
waiting-for-broker = 已记下你的请求，一有空就写。
empty-prompt = 告诉我写什么，例如：一首关于雨的俳句。
prompt-too-long = 你写了 { $length } 个字符，我最多能读 { $limit } 个。
unknown-form = 我不认识“{ $form }”这种体裁。我会写：{ $forms }。
blocked-prompt = 这样的说法我不便写，请换个说法再试。
blocked-text = 我写出了不宜在这里展示的内容，请换个说法再试一次。
and-more = { $names }，以及另外 { $more } 个
unknown-completion = 我已经找不到那篇作品了，没能记下你的评价。
nothing-to-follow = 我不知道你说的是哪一篇。等它写好以后，请直接回复那一篇。
nothing-of-yours = 这里还没有为你写过的作品。告诉我写什么，或者点你想要的那篇下面的 ↻。
busy = 等待的读者太多，我暂时接不了新的请求。请过 { $minutes } 分钟再来。
too-many-waiting = 你已经有 { $waiting } 个请求在等待。等写好一篇之后再来吧。
not-allowed = 我不能在这里为你写作。谁可以提出请求，由管理我的人决定。
quota-used = 你今天已经提出 { $asked } 个请求，达到了每位读者的上限。请过 { $hours } 小时再来。
paused = 我正在休息，暂时不接受请求。请稍后再试。
nothing-to-stop = 现在没有正在为你写的作品。
writing-failed = 这一篇没有写成，请再试一次。（编号 { $prompt }）
cancelled = 已停止。
service-down = 现在无法接收请求，请过几分钟再试。
with-incident = { $sentence }（编号 { $incident }）
rated-up = 谢谢，记住了：以后多写这样的。
rated-down = 谢谢，记住了：以后少写这样的。
rating-cleared = 已撤回你的评价。
button-up = 👍
button-down = 👎
chosen = 谢谢，记住了：你更喜欢这一篇。
button-again = ↻ 再写一篇
button-variants = 三个版本
button-choose = ✓ 选这篇
ai-written = 由人工智能写成。
not-operator = 只有本服务的管理员才能这样做。
requests-paused = 已暂停：不接受新的请求。
requests-resumed = 已恢复接受请求。
version-of = 使用中：{ $champion }，试用中：{ $canary }
status = 写手：{ $writers }，等待：{ $waiting }，正在写：{ $writing }。今天：{ $completions } 篇作品，{ $ratings } 次评价。最近一次训练：{ $run }
learning = 记住了：我会向你学习。
not-learning = 记住了：我不会向你学习。
why = 哪里不好？
reason = { $reason ->
    [off_topic] 离题
    [form] 体裁不对
    [dull] 乏味
    [language] 语言不通顺
    [tone] 语气不对
   *[other] 其他
}
reason-kept = 谢谢，这很有帮助。
button-edit = ✎ 修改
button-stop = ■ 停止
button-export = 导出
button-erase = 全部删除
button-learn = { $consent ->
    [yes] 可以向我学习
   *[no] 不要向我学习
}
keep = 保存
deny = 保留
version-title = 你的版本
version-lead = 改到你满意为止：我从你自己的版本中学到的最多。
version-empty = 里面什么都没有了。
version-kept = 谢谢，你的版本我记下了。
settings = 设置
language-lead = 我和你说话时用的语言
learns = { $consent ->
    [yes] 我会从你的请求和评价中学习。
   *[no] 我不会从你的请求和评价中学习。
}
stored = 存储的关于你的数据：{ $prompts } 个请求，{ $completions } 篇作品，{ $ratings } 次评价，{ $preferences } 次选择，{ $demonstrations } 个你的版本。
since = 自：{ $since }
erase-title = 全部删除？
erase-text = 你的请求、作品和评价将被永久删除。
erased = 已删除：{ $prompts } 个请求，{ $completions } 篇作品，{ $ratings } 次评价，{ $preferences } 次选择，{ $demonstrations } 个你的版本。
erased-versions = 这些模型版本曾从中学习：{ $versions }。

# 在频道里
notice-surge = 读者不太满意：过去一小时里评价过的 { $readers } 位读者中，有 { $unhappy } 位不喜欢收到的作品；平时每一百位中约有 { $usual } 位。正在写作的版本是 { $version }，管理员可以退回到上一个版本。
digest-title = 一周写作
digest-written = 写了 { $written } 篇作品。
digest-unrated = 没有人评价。
digest-rated = 喜欢 { $liked } 次，不喜欢 { $disliked } 次，即每一百次中有 { $share } 次喜欢。
digest-rated-against = 喜欢 { $liked } 次，不喜欢 { $disliked } 次，即每一百次中有 { $share } 次喜欢；前一周是 { $before } 次。
digest-same-version = { $runs ->
    [0] 模型没有变：{ $version }。
   *[other] 训练了 { $runs } 次，模型没有变：{ $version }。
}
digest-new-version = 训练了 { $runs } 次，模型换了：现在由 { $version } 写作，之前是 { $before }。
digest-best = 读者最喜欢的作品：
digest-plot = 每天的喜欢（上）与不喜欢（下）；虚线：换了新版本

# Telegram
telegram-help =
    告诉我写什么，或者选一种体裁：{ $forms }
    例如：/haiku 末班车
    用 👍 和 👎 评价我写的东西，我每晚都会从中学习。
    /variants、/again、/shorter：在最新一篇的基础上再写。/stop：停止写作
    /settings：你的语言，以及我是否向你学习。/mydata：存储的关于你的数据
telegram-version = 请回复这条消息，发来你自己的版本：我从中学到的最多。
telegram-button-version = ✎ 我的版本
telegram-as-telegram = 与 Telegram 相同
telegram-in-private = 请私下问我：这与别人无关。
telegram-consent = 我会从你的请求和评价中学习，以便写得更好。你可以在这里或用 /settings 选择退出。
telegram-consent-wanted = 可以让我从你的请求和评价中学习，以便写得更好吗？只有你在这里或用 /settings 同意，我才会学习。
telegram-consent-beside = { $consent ->
    [yes] 我会从请求和评价中学习，以便写得更好。如果不愿意，请在私聊中发送 /settings 给我。
   *[no] 可以让我从你的请求和评价中学习吗？只有你同意，我才会学习：请在私聊中发送 /settings 给我。
}
telegram-group-privacy = 在这个群里，我只看得到命令和对我消息的回复：Telegram 的隐私模式已开启。请用写明我名字的命令来找我，例如 /poem{ $bot } 雨，或者回复一篇作品。
telegram-group-open = 在这个群里，我会回答命令、对我消息的回复以及提到 { $bot } 的消息；其他消息我不理会，也不保存。
telegram-group-learning = 我是否从你们的请求和评价中学习，由每个人在私聊中用 /settings 决定。
telegram-command = { $form ->
    [help] 我会做什么
    [variants] 最新一篇的三个版本，或按主题写三个版本
    [again] 把最新一篇重新写一次
    [shorter] 把最新一篇改短
    [settings] 你的语言，以及我是否向你学习
    [mydata] 查看、导出或删除存储的关于你的数据
    [stop] 停止正在为你写的作品
    [poem] 写一首诗，例如：/poem 雨
    [haiku] 写一首俳句，例如：/haiku 雨
    [limerick] 写一首打油诗，例如：/limerick 雨
    [quatrain] 写一首四行诗，例如：/quatrain 雨
    [sonnet] 写一首十四行诗，例如：/sonnet 雨
    [story] 写一个故事，例如：/story 雨
    [lyrics] 写一段歌词，例如：/lyrics 雨
    [slogan] 写一句口号，例如：/slogan 雨
    [quest] 写一个冒险任务，例如：/quest 雨
    [couplet] 写两行押韵的诗，例如：/couplet 雨
    [free_verse] 写一首自由诗，例如：/free_verse 雨
    [wujue] 写一首五言绝句，例如：/wujue 秋夜
    [qijue] 写一首七言绝句，例如：/qijue 秋夜
    [duilian] 写一副对联，例如：/duilian 春天
    [plot_outline] 写一个情节大纲，例如：/plot_outline 失窃的钟
    [character] 设计一个人物，例如：/character 退休的小偷
    [dialogue] 写一段对话，例如：/dialogue 晚点的火车
    [scene] 写一个场景，例如：/scene 海上风暴
    [chord_sheet] 写一首带和弦的歌，例如：/chord_sheet 雨
    [ad_copy] 写一段广告文案，例如：/ad_copy 面包店
    [product_description] 写一段商品描述，例如：/product_description 茶壶
    [headline] 写一条新闻标题，例如：/headline 雨
   *[other] 写一篇作品，例如：/{ $form } 雨
}
telegram-button-write = ✍ 写
telegram-inline-title = 写：{ $theme }
telegram-inline-hint = 发送后，点下面的按钮。
telegram-inline-asked = { $theme } ……
telegram-inline-forgotten = 我已经不记得这里要写什么了，请重新提出。

# 终端
terminal-welcome = 告诉我写什么，例如：一首关于雨的俳句。写完后输入 + 或 - 评价，输入 again 再写一篇，输入 /variants 要三个版本来选，或者说说怎么改：短一点、更悲伤一些、继续。空行离开。
terminal-choose = 输入 1 到 { $count } 选一篇，输入 +2 或 -2 评价第二篇。

# Slack
slack-not-invited = 我无法在这里发言。请用 /invite 邀请我，或者私信我。
slack-given-up = Slack 一直不接收我为你写的文字，我不再重试了，请再试一次。（编号 { $prompt }）
slack-help =
    用 /poem、/write、@我 或私信来请我写作。请对我写的东西作出评价，我会从中学习。
    /rhapsode settings：你的语言，以及我是否向你学习
    /rhapsode mydata：查看、导出或删除存储的关于你的数据
    /rhapsode stop：停止正在为你写的作品
    管理员：/rhapsode status、version、pause、resume
slack-consent = 我会从你的请求和评价中学习，以便写得更好。你可以在这里或我的主页选择退出。
slack-consent-wanted = 可以让我从你的请求和评价中学习，以便写得更好吗？只有你在这里或我的主页同意，我才会学习。
slack-no-view = 没能及时打开表单，请再试一次。
slack-comment = 用你自己的话说
slack-opinion-title = 哪里不好？
slack-button-comment = 多说几句……
slack-button-write = 写点什么……
slack-button-data = 我的数据
slack-request-title = 写点什么？
slack-theme = 关于什么？
slack-any-form = 按我说的
slack-tone = 语气，例如：惆怅
slack-language = 语言
slack-as-asked = 按我说的
slack-as-slack = 与 Slack 相同
slack-length = 长度
slack-length-of = { $length ->
    [short] 短
    [long] 长
   *[usual] 一般
}
slack-change-title = 改写成……
slack-change = 要改成什么？例如：俳句、短一点、更悲伤一些
slack-continue = 继续
slack-version-limit = 最多能保存 { $limit } 个字符；这篇有 { $length } 个。
slack-version = { $parts ->
    [1] 正文
   *[other] 正文，第 { $part } 部分，共 { $parts } 部分
}
slack-version-too-long = 这篇文字太长，表单里放不下。
slack-message-too-long = 这条消息太长，我无法整个接手。请把你想要的那一段复制到 /write 里。
slack-home-lead = 在这里、频道里或私信里，请我写诗、故事或标语。
slack-favourites = 本周最受欢迎
slack-data-title = 我的数据
slack-writing-status = 正在写……

# 工作室（浏览器）
studio-name = Rhapsode
studio-tagline = 越读越懂你的写作伙伴。
studio-nav = 页面
studio-nav-write = 写作
studio-nav-learning = 学习
studio-nav-favourites = 最爱
studio-nav-operations = 运行
studio-sign-in = 登录
studio-sign-out = 退出
studio-sign-in-lead = 密码在运行这个工作室的人手里。
studio-sign-in-first = 请先登录。
studio-password = 密码
studio-wrong-password = 密码不对。
studio-too-many-tries = 尝试次数太多，请等 { $minutes } 分钟。
studio-refused-host = 工作室在这里不叫这个名字：请看 RHAPSODE_STUDIO_NAMES。
studio-refused-origin = 这个请求来自别的网站，已拒绝。
studio-refused-proxy = 这个请求经过了代理，而工作室没有设密码：请设置 RHAPSODE_STUDIO_PASSWORD。
studio-operators-only = 这里只有管理员可以这样做。
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
studio-form-couplet = 双行诗
studio-form-free_verse = 自由诗
studio-form-wujue = 五绝
studio-form-qijue = 七绝
studio-form-duilian = 对联
studio-form-plot_outline = 情节大纲
studio-form-character = 人物
studio-form-dialogue = 对话
studio-form-scene = 场景
studio-form-chord_sheet = 和弦谱
studio-form-ad_copy = 广告文案
studio-form-product_description = 商品描述
studio-form-headline = 新闻标题
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
studio-choose = 选这篇
studio-change = 修改……
studio-change-placeholder = 短一点、更悲伤一些、押韵、继续……
studio-changing = 修改：{ $title }
studio-keep = 改为写新的
studio-continued = 续写
studio-copy = 复制
studio-copied = 已复制
studio-picture = 图片
studio-cancel = 保持原样
studio-older = 更早的作品
studio-facts = { $form } · { $version } · { $seconds } 秒
studio-learning = 学习
studio-learning-lead = 读者怎么看这些作品，又从中学到了什么。
studio-doing = 请稍候……
studio-done = 完成。
studio-not-done = 没有完成：{ $why }
studio-paused = 已暂停：不接受请求
studio-learning-paused = 学习已暂停：不开始训练
studio-run-now = 立即训练
studio-rollback = 回退
studio-pause = 暂停请求
studio-pause-learning = 暂停学习
studio-learn-again = 恢复学习
studio-resume = 恢复接受请求
studio-promote = 上线
studio-promote-version = 让 { $version } 上线
studio-end-trial = 结束试用
studio-trial = 试用中：{ $version }，{ $share } 的读者
studio-trial-readers = 计入的 { $readers } 位读者中有 { $tried } 位试用过；平均相差 { $ahead }。
studio-trial-time = 自 { $since } 起，最晚到 { $until }（UTC）。
studio-trial-better = 更好的证据：{ $value }，需要 { $needed }
studio-trial-worse = 更差的证据：{ $value }，需要 { $needed }
studio-trend = 读者的评价
studio-trend-lead = 按写作日期统计的喜欢比例，带 95 % 区间。每位读者对每篇只算一次。
studio-as-table = 以表格显示
studio-by-version = 各版本，最近 30 天
studio-look-at-run = 查看训练 { $run }
studio-run = 训练 { $run }
studio-loss = 各步的损失
studio-perplexity = 各轮的困惑度
studio-dev-perplexity = 困惑度（dev）
studio-test-perplexity = 困惑度（test）
studio-heldout-perplexity = 困惑度（未参与训练的受喜爱作品）
studio-verdict = 逐条评判
studio-measured = 全部测量结果
studio-figures = 数据
studio-dataset = 学习的材料
studio-dataset-of = 共 { $items } 条：{ $asked } 位读者提出请求，{ $rated } 位读者评价。
studio-dataset-erased = 其中 { $erased } 条后来随读者一并删除。
studio-by-kind = 按种类
studio-by-form = 按体裁
studio-left-out = 没有用于学习
studio-liked = 喜欢
studio-disliked = 不喜欢
studio-heldout = 留作评判
studio-kind-rated = 评价过的
studio-kind-demonstration = 读者自己的版本
studio-kind-pair = 成对比较
studio-kind-replay = 来自语料库
studio-left-follow-up = 后续请求
studio-left-own-version-is-empty-or-the-same = 读者版本为空或相同
studio-left-readers-are-undecided = 读者意见不一
studio-left-choice-in-a-follow-up = 后续请求中的选择
studio-left-readers-chose-differently = 读者选择不同
studio-left-more-than-wanted = 超出所需
studio-left-more-pairs-than-wanted = 成对比较超出所需
studio-left-pair-of-the-same-text = 两篇文字相同
studio-left-nearly-the-same-as-another-text = 与另一篇几乎相同
studio-left-nearly-a-request-that-is-judged-on = 与评判用的请求几乎相同
studio-samples = 之前与之后
studio-samples-lead = 两个版本对我们自己的同一题目、同一随机种子所写。
studio-favourites = 最爱
studio-favourites-of-all = 同意被学习的读者所评最好的作品。许多人喜欢比一个人喜欢更可靠。
studio-favourites-own = 你的作品中评价最好的。
studio-no-favourites = 这里还没有人喜欢的作品。
studio-filter = 筛选
studio-filter-form = 体裁
studio-filter-language = 语言
studio-filter-version = 版本
studio-filter-period = 写于
studio-any = 不限
studio-language-en = 英语
studio-language-zh = 中文
studio-period-week = 最近一周
studio-period-month = 最近一个月
studio-period-year = 最近一年
studio-liked-by = { $rated } 位读者中 { $liked } 位喜欢；总体至少 { $sure }
studio-origin = 它从哪里来
studio-origin-prompt = 请求：{ $form }
studio-origin-text = { $when }（UTC）由 { $version } 写成（{ $arm }），种子 { $seed }
studio-origin-base = { $version } 是基础模型：没有在这里学过
studio-origin-import = { $version } 不在这里写作：作品是连同评价一起导入的
studio-origin-elsewhere = { $version } 是在别处得到的：不是这里的训练
studio-origin-corpus = 它学的是 { $corpus } 里的诗，没有学任何读者
studio-origin-run = 训练 { $run } 从 { $parent } 得到 { $version }
studio-origin-rows = 它学了 { $liked } 篇喜欢的和 { $disliked } 篇不喜欢的，另有 { $beside } 条
studio-origin-learned = 此后学过它的版本：{ $versions }
studio-operations = 运行
studio-operations-lead = 最近一小时，以现在为准。
studio-no-broker = 消息代理没有回应：请求会保留，等它恢复后再写。
studio-watch-waiting = 等待中
studio-watch-under-way = 正在写
studio-watch-texts = 最近一小时的作品
studio-watch-pace = 每分钟作品
studio-watch-tokens = 每分钟词元
studio-watch-first-token = 首个词元，中位数 / 95 %
studio-watch-whole-text = 整篇，中位数 / 95 %
studio-writers = 写作进程
studio-is-champion = 现任版本
studio-is-other = 不是现任版本
studio-delivery = 写成之后的送达
studio-failures = 最近一天的错误
studio-failed-prompt = 请求
studio-failed-delivery = 送达
studio-failed-run = 训练
studio-machine = 磁盘与 GPU
studio-disk = 磁盘：剩余 { $free }，共 { $of }
studio-disk-full = 磁盘空间不多了。
studio-kept = 数据库占用 { $size }。
studio-gpu = { $name }：已用 { $used }，共 { $of }，忙碌 { $busy }
studio-no-gpu = 没有写作进程报告 GPU。
studio-before = 之前
studio-after = 之后
studio-demand-kept = 保持
studio-demand-gained = 提高
studio-demand-by-the-critic = 由评论模型判断
studio-metric-perplexity = 对受喜爱作品的困惑度
studio-metric-bits-per-byte-human = 对人写文字的意外程度
studio-metric-bits-per-byte-liked = 对受喜爱作品的意外程度
studio-metric-preference-accuracy = 分辨成对作品
studio-metric-contrast = 喜欢的先于不喜欢的
studio-metric-distinct-2 = 两词组合的多样性
studio-metric-distinct-3 = 三词组合的多样性
studio-metric-self-bleu = 作品之间的相似度
studio-metric-repetition = 重复
studio-metric-form = 合乎体裁
studio-metric-words = 每篇词数
studio-metric-safe = 可以展示
studio-metric-original = 没有照搬
studio-metric-score = 读者评分
studio-metric-liking = 评论模型的喜好
studio-metric-wins = 胜出
studio-metric-critic-accuracy = 评论模型的准确率
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
studio-column-act = 操作
studio-column-rule = 项目
studio-column-difference = 差别
studio-column-value = 数值
studio-column-interval = 区间
studio-column-n = 数量
studio-column-share = 喜欢
studio-column-standing = 状态
studio-column-platform = 平台
studio-column-shown = 已送达
studio-column-lag = 中位数 / 95 %
studio-column-waiting = 等待中
studio-column-given-up = 已放弃
studio-column-failed = 失败的是
studio-column-last = 最近一次（UTC）
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
studio-status-trained = 已训练
studio-status-promoted = 已上线
studio-status-passed = 通过
studio-status-failed-rule = 未通过
studio-status-skipped = 已跳过
studio-status-failed = 失败
