"""The evidence of a case on paper: 案件证据材料."""

import io

import segno

from api.cases.conditions import seen
from api.exports.case_file import CaseFile, Picture, Step
from api.exports.paper import Cell, Paper, Style
from api.exports.settings import ExportSettings
from api.exports.words import (
    PICTURES,
    ROLES,
    STEPS,
    TOLD,
    condition_titles,
    fact_lines,
    kind_title,
    length,
    moment,
    told_value,
)
from api.profiles.profile import ProfileResult
from api.workflow.words import REASONS, STATE_TITLES, State

TITLE = "案件证据材料"
FULL_MM = 170.0
QR_MM = 34.0
PICTURES_MM = 140.0
"""Room for a heading with its first picture below it."""
INTEGRITY_MM = 75.0
"""Room for a heading, a sentence and the table of signature and chain."""
MASKED = (
    "图片均为遮盖副本：人脸及无关车辆号牌已遮盖，本案对象的号牌保留。原始图片封存于证据包内，"
    "调阅须登记事由。"
)


def case_pdf(told: CaseFile, settings: ExportSettings) -> bytes:
    """The PDF of a case; the same case in the same state gives the same bytes."""
    paper = Paper(
        f"{TITLE} {told.case.number}",
        settings.bureau or TITLE,
        f"案件编号 {told.case.number}",
        told.as_of_s,
    )
    _front(paper, told, settings)
    _pictures(paper, told)
    _profiles(paper, told)
    _history(paper, told)
    _integrity(paper, told)
    _how_to_verify(paper, settings)
    if paper.strange:
        codes = "、".join(f"U+{ord(sign):04X}" for sign in paper.strange)
        paper.paragraph(f"注：字体中没有的字符以“〓”代替：{codes}。", 9)
    return bytes(paper.output())


def _front(paper: Paper, told: CaseFile, settings: ExportSettings) -> None:
    """Title, what is known of the case, the QR code."""
    case, manifest = told.case, told.manifest
    paper.title_line(TITLE)
    paper.ln(2)
    paper.title_line(f"（案件状态截至 {moment(told.as_of_s, told.zone)}）", 10)
    paper.ln(3)
    top = paper.y
    _qr(paper, settings.check_text(case.number, case.manifest_sha256, told.verdict.signed_by), top)
    beside = FULL_MM - QR_MM - 4
    state = STATE_TITLES[State(case.status)].zh
    code = f"{case.code}（{case.code_scheme}）" if case.code else "无"
    rows = [
        ("案件编号", case.number),
        ("案由", kind_title(case.kind)),
        ("案件代码", code),
        ("案件状态", state),
    ]
    if case.status == State.REJECTED and case.reason:
        rows.append(("不予立案原因", _reason(case.reason)))
    rows.append(("当事对象", told.subject or "未确定"))
    paper.grid([28, beside - 28], [[Cell(a, "label"), Cell(b)] for a, b in rows])
    paper.set_y(max(paper.y, top + QR_MM + 8))
    paper.heading("一、案件事实")
    camera = manifest.camera
    ended = moment(case.ended_s, told.zone) if case.ended_s else "未记录离开"
    facts = [
        ("地点", camera.location or "未登记"),
        ("区域", case.zone),
        ("摄像机", f"{camera.name}（{camera.id}）"),
        ("设备编号", camera.device_number or "未登记"),
        ("开始时间", moment(case.started_s, told.zone)),
        ("发现时间", moment(case.raised_s, told.zone)),
        ("离开时间", ended),
        *fact_lines(manifest.violation.facts),
        *_seen(told),
        ("认定规则", f"停留超过 {length(manifest.rule.dwell_s)}"),
        ("时钟误差", _clock(told)),
        ("识别模型", f"{manifest.model.name}，置信度 {case.score:.2f}"),
    ]
    paper.grid([32, FULL_MM - 32], [[Cell(a, "label"), Cell(b)] for a, b in facts])
    paper.ln(1.5)
    paper.paragraph(f"时间均为 {told.zone.key} 时区的当地时间。", 9)
    for lack in manifest.missing:
        role = ROLES.get(lack.role, lack.role)
        paper.paragraph(f"证据缺项：{role}（{lack.reason}）", 9, "bad")


def _seen(told: CaseFile) -> list[tuple[str, str]]:
    """What officers saw of the thing; each time is told apart, as it may change."""
    names = {step.line.actor: step.actor for step in told.steps}
    return [
        (
            "人工所见",
            f"{condition_titles(told.case.kind, one.names)}"
            f"（{names[one.actor]}，{moment(one.at_s, told.zone)}，{STEPS[one.action]}）",
        )
        for one in seen([step.line for step in told.steps])
    ]


def _qr(paper: Paper, text: str, top: float) -> None:
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=6, border=2)
    x = paper.l_margin + FULL_MM - QR_MM
    paper.image(io.BytesIO(out.getvalue()), x, top, QR_MM, QR_MM)
    paper.set_xy(x, top + QR_MM)
    paper.set_font("head", size=8)
    paper.cell(QR_MM, 5, "扫码核验", align="C")
    paper.set_xy(paper.l_margin, top)


def _clock(told: CaseFile) -> str:
    clock = told.manifest.clock
    if clock.offset_s is None:
        return f"未知（依据：{clock.source}）"
    error = f"，最大误差 {clock.error_s:.3f} 秒" if clock.error_s is not None else ""
    return f"{clock.offset_s:+.3f} 秒{error}（依据：{clock.source}）"


def _pictures(paper: Paper, told: CaseFile) -> None:
    paper.keep(PICTURES_MM if told.pictures else 0)
    paper.heading("二、现场图片")
    paper.paragraph(MASKED)
    if not told.pictures:
        paper.paragraph("本案证据包内没有图片。", style="bad")
    for number, picture in enumerate(told.pictures, start=1):
        caption = _caption(number, picture, told)
        if picture.data is None:
            paper.paragraph(f"{caption}——{picture.problem}。", style="bad")
        elif not paper.picture(picture.data, caption):
            paper.paragraph(f"{caption}——图片文件已损坏，无法显示。", style="bad")


def _caption(number: int, picture: Picture, told: CaseFile) -> str:
    role = PICTURES.get(picture.still.role, str(picture.still.role))
    hidden = [
        *([f"人脸 {picture.heads} 处"] if picture.heads else []),
        *([f"号牌 {picture.plates} 处"] if picture.plates else []),
        *([f"疑似号牌 {picture.guessed} 处"] if picture.guessed else []),
    ]
    masked = f"，已遮盖{'、'.join(hidden)}" if hidden else ""
    taken = moment(picture.still.taken_s, told.zone)
    return f"图 {number}　{role}，拍摄于 {taken}，文件 {picture.name}{masked}"


def _profiles(paper: Paper, told: CaseFile) -> None:
    paper.heading("三、取证要求符合情况")
    for result in told.profiles:
        verdict = "符合" if result.met else "不符合"
        paper.keep(min(100, 24 + 8 * len(result.clauses)))
        style: Style = "plain" if result.met else "bad"
        paper.paragraph(f"{result.zh}（版本 {result.version}）：{verdict}", 10.5, style)
        paper.grid([78, 20, FULL_MM - 98], _clauses(result), ("条款", "结论", "说明"))
        paper.ln(3)


def _clauses(result: ProfileResult) -> list[list[Cell]]:
    return [
        [
            Cell(clause.zh if clause.confirmed else f"{clause.zh}（条文待核实）"),
            Cell("符合") if clause.met else Cell("不符合", "bad"),
            Cell(clause.why_zh),
        ]
        for clause in result.clauses
    ]


def _history(paper: Paper, told: CaseFile) -> None:
    paper.heading("四、办理过程")
    rows = [_step(step, told) for step in told.steps]
    widths = [13, 35, 27, 21, 28, FULL_MM - 124]
    paper.grid(widths, rows, ("序号", "时间", "步骤", "案件状态", "办理人", "说明"))
    paper.ln(1.5)
    if told.history.ok:
        paper.paragraph(f"办理记录链完整，共 {told.history.lines} 条，末条摘要 {told.case.head}", 9)
        return
    paper.paragraph("办理记录链不完整，曾被改动：", 9, "bad")
    for problem in told.history.problems:
        paper.paragraph(problem, 9, "bad")


def _step(step: Step, told: CaseFile) -> list[Cell]:
    line = step.line
    kind, known = told.case.kind, [(key, v) for key, v in line.more.items() if key in TOLD]
    more = [f"{TOLD[key]}：{told_value(kind, key, value)}" for key, value in known]
    told_too = [_reason(line.reason) if line.reason else "", *more, line.note or ""]
    actor = "系统" if step.actor in ("", "skyeye") else step.actor
    texts = [
        str(line.seq),
        moment(line.at_s, told.zone),
        STEPS.get(line.action, line.action),
        STATE_TITLES[State(line.state)].zh,
        actor,
        "；".join(filter(None, told_too)),
    ]
    return [Cell(text, size_pt=9) for text in texts]


def _reason(reason: str) -> str:
    return REASONS[reason].zh if reason in REASONS else reason


def _integrity(paper: Paper, told: CaseFile) -> None:
    paper.keep(INTEGRITY_MM)
    paper.heading("五、证据完整性")
    verdict, link = told.verdict, told.verdict.link
    if verdict.ok:
        paper.paragraph("校验通过：原始证据文件与封存时一致，签名有效。")
    else:
        paper.paragraph("校验未通过，本证据不应作为认定依据：", style="bad")
        for problem in verdict.problems:
            paper.paragraph(problem, 9, "bad")
    rows = [
        ("清单 SHA-256", told.case.manifest_sha256),
        ("签名密钥", verdict.signed_by or "无有效签名"),
        ("证据链位置", f"链 {link.chain} 第 {link.sequence} 号" if link else "不在链中"),
        ("前一证据包清单", (link.previous_sha256 or "首个证据包") if link else "—"),
        ("可信时间戳", _anchored(told)),
        ("遮盖处理", told.masked_by),
    ]
    paper.grid([34, FULL_MM - 34], [[Cell(a, "label"), Cell(b, size_pt=8.5)] for a, b in rows])
    paper.ln(3)
    paper.keep(min(100, 18 + 11 * len(told.manifest.files)))
    paper.paragraph("原始文件摘要（SHA-256 与 GB/T 32905-2016 SM3）：", 9.5)
    files = [
        [
            Cell(name, size_pt=8.5),
            Cell(ROLES.get(str(part.role), str(part.role)), size_pt=8.5),
            Cell(f"{part.bytes:,}", size_pt=8.5),
            Cell(f"SHA-256 {part.sha256}\nSM3 {part.sm3 or '无（封存时本机不支持）'}", size_pt=6.8),
        ]
        for name, part in told.manifest.files.items()
    ]
    paper.grid([30, 20, 19, FULL_MM - 69], files, ("文件", "内容", "字节", "摘要"))


def _anchored(told: CaseFile) -> str:
    if told.anchor is None:
        return "未取得可信时间戳"
    number, at_s = told.anchor
    return f"链至第 {number} 号于 {moment(at_s, told.zone)} 取得（RFC 3161）"


def _how_to_verify(paper: Paper, settings: ExportSettings) -> None:
    paper.heading("六、核验方法")
    where = f"也可扫描首页二维码，在 {settings.verify_url.split('?')[0]} 核验。"
    texts = [
        "1. 随附的 export.json 列出本次导出全部文件的 SHA-256，并由上列密钥签名；README.txt "
        "说明如何用 openssl 核验，无需本系统软件。",
        "2. 原始证据包可用 skyeye verify 离线核验：文件、清单、签名、"
        "链上位置的任何改动都会被指出。",
        "3. 首页二维码含案件编号与清单摘要，应与本页及系统中所存一致。"
        + (where if settings.verify_url else ""),
    ]
    for text in texts:
        paper.paragraph(text)
    paper.keep(24)
    paper.ln(12)
    paper.paragraph("执法人员（签名）：________________　________________　　日期：______________")
