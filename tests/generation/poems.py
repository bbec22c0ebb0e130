"""Short quotations from poems whose authors are long dead, to try checks on."""

SONNET_130 = """\
My mistress' eyes are nothing like the sun;
Coral is far more red than her lips' red;
If snow be white, why then her breasts are dun;
If hairs be wires, black wires grow on her head.
I have seen roses damask'd, red and white,
But no such roses see I in her cheeks;
And in some perfumes is there more delight
Than in the breath that from my mistress reeks.
I love to hear her speak, yet well I know
That music hath a far more pleasing sound;
I grant I never saw a goddess go;
My mistress, when she walks, treads on the ground:
And yet, by heaven, I think my love as rare
As any she belied with false compare."""  # Shakespeare

SONNET_18 = """\
Shall I compare thee to a summer's day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date;
Sometime too hot the eye of heaven shines,
And often is his gold complexion dimm'd;
And every fair from fair sometime declines,
By chance or nature's changing course untrimm'd;
But thy eternal summer shall not fade,
Nor lose possession of that fair thou ow'st;
Nor shall death brag thou wander'st in his shade,
When in eternal lines to time thou grow'st:
So long as men can breathe or eyes can see,
So long lives this, and this gives life to thee."""  # Shakespeare

SONNET_26 = """\
Lord of my love, to whom in vassalage
Thy merit hath my duty strongly knit,
To thee I send this written embassage,
To witness duty, not to show my wit:
Duty so great, which wit so poor as mine
May make seem bare, in wanting words to show it,
But that I hope some good conceit of thine
In thy soul's thought, all naked, will bestow it;
Till whatsoever star that guides my moving
Points on me graciously with fair aspect
And puts apparel on my tatter'd loving,
To show me worthy of thy sweet respect:
Then may I dare to boast how I do love thee;
Till then not show my head where thou mayst prove me."""  # Shakespeare

OLD_MAN_WITH_A_BEARD = """\
There was an Old Man with a beard,
Who said, 'It is just as I feared!—
Two Owls and a Hen,
Four Larks and a Wren,
Have all built their nests in my beard!'"""  # Edward Lear

RYDE = """\
There was a Young Lady of Ryde,
Whose shoe-strings were seldom untied;
She purchased some clogs,
And some small spotty dogs,
And frequently walked about Ryde."""  # Edward Lear

TYGER = """\
Tyger Tyger, burning bright,
In the forests of the night;
What immortal hand or eye,
Could frame thy fearful symmetry?"""  # William Blake

ROBIN = """\
A Robin Red breast in a Cage
Puts all Heaven in a Rage."""  # William Blake

STORKS_TOWER = "白日依山尽，黄河入海流。\n欲穷千里目，更上一层楼。"  # 王之涣
JINGTING = "众鸟高飞尽，孤云独去闲。\n相看两不厌，只有敬亭山。"  # 李白
QUIET_NIGHT = "床前明月光，疑是地上霜。\n举头望明月，低头思故乡。"  # 李白, who takes liberties with tones.
RED_BEANS = "红豆生南国\n春来发几枝\n愿君多采撷\n此物最相思"  # 王维
SPRING_MORNING = "春眠不觉晓，处处闻啼鸟。\n夜来风雨声，花落知多少。"  # 孟浩然, in the old style.
TRADITIONAL_TOWER = "白日依山盡，黃河入海流。欲窮千里目，更上一層樓。"
RIVER_SNOW = "千山鸟飞绝，万径人踪灭。\n孤舟蓑笠翁，独钓寒江雪。"  # 柳宗元, in the old style.
WEI_CITY = "渭城朝雨浥轻尘，客舍青青柳色新。\n劝君更尽一杯酒，西出阳关无故人。"  # 王维
COMING_HOME = "少小离家老大回，乡音无改鬓毛衰。\n儿童相见不相识，笑问客从何处来。"  # 贺知章
FRONTIER = "秦时明月汉时关，万里长征人未还。\n但使龙城飞将在，不教胡马度阴山。"  # 王昌龄
MOUNT_LU = "日照香炉生紫烟，遥看瀑布挂前川。\n飞流直下三千尺，疑是银河落九天。"  # 李白

BOOKS = "书山有路勤为径\n学海无涯苦作舟"
NEW_YEAR = "天增岁月人增寿，春满乾坤福满门"
DONGLIN = "风声雨声读书声，声声入耳；家事国事天下事，事事关心"

OZYMANDIAS = """\
I met a traveller from an antique land,
Who said: Two vast and trunkless legs of stone
Stand in the desert. Near them, on the sand,
Half sunk, a shattered visage lies, whose frown,
And wrinkled lip, and sneer of cold command,
Tell that its sculptor well those passions read
Which yet survive, stamped on these lifeless things,
The hand that mocked them and the heart that fed:
And on the pedestal these words appear:
My name is Ozymandias, king of kings:
Look on my works, ye Mighty, and despair!
Nothing beside remains. Round the decay
Of that colossal wreck, boundless and bare
The lone and level sands stretch far away."""
