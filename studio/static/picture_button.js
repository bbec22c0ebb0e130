// Sets the piece that the button stands below in type, as a PNG, with its form's mark: to share, or to save.
// The browser draws it: only the reader's own machine is sure to have letters for every language a piece is in.

const WIDTH = 1080; // Pixels, as picture feeds like it.
const MARGIN = 110;
const TALLEST = 4000; // A longer text is set smaller, down to SMALLEST, then cut with an ellipsis.
const LARGEST = 52;
const SMALLEST = 24;
const PAPER = "#f7f3ea";
const INK = "#24201a";
const SOFT = "#6c6457";
const ACCENT = "#9a3b26";

function serif() {
  return getComputedStyle(document.documentElement).getPropertyValue("--serif") || "serif";
}

function pieces(line) {
  // Where a line may be broken: after a space, and around every Chinese character.
  return line.match(/[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+\s*|\s+/gu) ?? [""];
}

function wrapped(context, text, width) {
  const lines = [];
  for (const line of text.split("\n")) {
    let held = "";
    for (const piece of pieces(line)) {
      if (held && context.measureText((held + piece).trimEnd()).width > width) {
        lines.push(held.trimEnd());
        held = "";
      }
      held += piece;
      while (context.measureText(held.trimEnd()).width > width && held.length > 1) {
        let fits = held.length - 1;
        while (fits > 1 && context.measureText(held.slice(0, fits)).width > width) fits -= 1;
        lines.push(held.slice(0, fits));
        held = held.slice(fits);
      }
    }
    lines.push(held.trimEnd());
  }
  return lines;
}

function laidOut(context, text) {
  let size = LARGEST;
  let lines;
  for (; ; size -= 4) {
    context.font = `${size}px ${serif()}`;
    lines = wrapped(context, text, WIDTH - 2 * MARGIN);
    const broken = lines.length > text.split("\n").length;
    if (size <= SMALLEST || (lines.length * size * 1.6 < TALLEST && !(broken && size > 36))) break;
  }
  const most = Math.floor(TALLEST / (size * 1.6));
  if (lines.length > most) lines = [...lines.slice(0, most - 1), "…"];
  return { size, lines };
}

function drawn(text, title, mark) {
  const canvas = document.createElement("canvas");
  const { size, lines } = laidOut(canvas.getContext("2d"), text);
  const step = size * 1.6;
  canvas.width = WIDTH;
  canvas.height = Math.max(Math.round(lines.length * step + 2 * MARGIN + 150), 720);
  const context = canvas.getContext("2d");
  context.fillStyle = PAPER;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = ACCENT;
  context.fillRect(0, 0, 14, canvas.height);
  context.textBaseline = "top";
  context.font = `italic 32px ${serif()}`;
  context.fillText(wrapped(context, title.replace(/\s+/g, " "), WIDTH - 2 * MARGIN)[0], MARGIN, MARGIN - 20);
  context.fillStyle = INK;
  context.font = `${size}px ${serif()}`;
  lines.forEach((line, n) => context.fillText(line, MARGIN, MARGIN + 60 + n * step));
  context.font = `26px ${serif()}`;
  context.fillStyle = SOFT;
  context.fillText(mark, MARGIN, canvas.height - MARGIN + 20);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function save(file) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: file.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export default {
  props: { label: String, title: String, mark: String },
  template: `
    <button type="button" class="quiet picture" @click="share">
      <i class="q-icon notranslate material-icons-outlined" aria-hidden="true">image</i><span>{{ label }}</span>
    </button>`,
  methods: {
    async share() {
      const text = this.$el.closest(".text").querySelector(".piece-text").textContent;
      const file = new File([await drawn(text, this.title, this.mark)], "rhapsode.png", { type: "image/png" });
      const sheet = { files: [file] };
      // On a phone the system asks where it shall go; elsewhere it is saved.
      if (matchMedia("(pointer: coarse)").matches && navigator.canShare?.(sheet)) {
        await navigator.share(sheet).catch((error) => {
          if (error.name !== "AbortError") save(file);
        });
      } else save(file);
    },
  },
};
