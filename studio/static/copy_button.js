// Copies the text that the button stands below.

const THANKED = 1600; // Milliseconds.

function copyByHand(text) {
  // navigator.clipboard exists on https and localhost only.
  const box = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(box);
  box.select();
  document.execCommand("copy");
  box.remove();
}

export default {
  props: { label: String, done: String },
  template: `
    <button type="button" class="quiet" @click="copy" aria-live="polite">
      <i class="q-icon notranslate material-icons-outlined" aria-hidden="true">{{ copied ? "check" : "content_copy" }}</i>
      <span>{{ copied ? done : label }}</span>
    </button>`,
  data() {
    return { copied: false };
  },
  methods: {
    async copy() {
      const text = this.$el.closest(".text").querySelector(".piece-text").textContent;
      if (navigator.clipboard) await navigator.clipboard.writeText(text);
      else copyByHand(text);
      this.copied = true;
      setTimeout(() => (this.copied = false), THANKED);
    },
  },
};
