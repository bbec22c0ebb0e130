// The box a reader types into. A draft keeps its key until it is changed: sending it twice is one prompt.

const STORED = "rhapsode-draft"; // Session storage, so that a reload in mid-sentence loses nothing.
const SETTLING = 600; // Milliseconds after a success in which an empty box is a second click, not a request.

function newKey() {
  // crypto.randomUUID exists on https and localhost only.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function emptyDraft() {
  return { text: "", form: null, answers: null, key: newKey() };
}

function storedDraft() {
  try {
    return { ...emptyDraft(), ...JSON.parse(sessionStorage.getItem(STORED)) };
  } catch {
    return emptyDraft();
  }
}

export default {
  props: { forms: Array, words: Object },
  emits: ["send"],
  template: `
    <form class="composer" @submit.prevent="send">
      <div class="chips" role="group" :aria-label="words.forms">
        <button v-for="form in forms" :key="form.name" type="button" class="chip"
          :aria-pressed="String(form.name === draft.form)" @click="pick(form.name)">{{ form.title }}</button>
      </div>
      <p v-if="draft.answers" class="changing">
        <span>{{ draft.answers.told }}</span>
        <button type="button" class="quiet" :aria-label="words.keep" :title="words.keep" @click="keep">×</button>
      </p>
      <textarea ref="box" rows="2" maxlength="20000" :value="draft.text" :aria-label="words.ask"
        :placeholder="draft.answers ? words['change-placeholder'] : words.placeholder" aria-describedby="composer-alert"
        @input="type($event.target.value)" @keydown.enter="onEnter"></textarea>
      <div class="composer-foot">
        <div class="told">
          <p id="composer-alert" class="alert" role="alert">{{ alert }}</p>
          <p class="hint" v-if="!alert">{{ words.hint }}</p>
        </div>
        <button class="send" type="submit" :aria-disabled="String(busy)">{{ words.send }}</button>
      </div>
    </form>`,
  data() {
    return { draft: storedDraft(), busy: false, sendNext: false, alert: "", acceptedAt: -SETTLING };
  },
  watch: {
    draft: {
      deep: true,
      handler(draft) {
        sessionStorage.setItem(STORED, JSON.stringify(draft));
        this.$nextTick(this.grow);
      },
    },
  },
  mounted() {
    this.grow();
    if (matchMedia("(hover: hover)").matches) this.$refs.box.focus();
  },
  methods: {
    type(text) {
      this.draft = { ...this.draft, text, key: newKey() };
      this.sendNext = false;
      this.alert = "";
    },
    pick(form) {
      this.draft = { ...this.draft, form: form === this.draft.form ? null : form, answers: null, key: newKey() };
      this.alert = "";
      this.$refs.box.focus();
    },
    fill(text) {
      this.type(text);
      this.$refs.box.focus();
    },
    change(answers) {
      this.draft = { ...this.draft, answers, form: null, key: newKey() };
      this.alert = "";
      this.$refs.box.focus();
    },
    keep() {
      this.change(null);
    },
    onEnter(event) {
      // Enter that picks a character of an input method is not ours.
      if (event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    },
    send() {
      const secondClick = !this.draft.text && performance.now() - this.acceptedAt < SETTLING;
      this.sendNext = this.busy; // The line before is on its way: this one goes after it.
      if (this.busy || secondClick) return;
      this.busy = true;
      this.alert = "";
      this.$emit("send", { ...this.draft, answers: this.draft.answers?.id ?? null });
    },
    accepted(key) {
      this.busy = false;
      this.acceptedAt = performance.now();
      if (key === this.draft.key) this.draft = emptyDraft();
      else if (this.sendNext) this.send();
    },
    refused(sentence) {
      this.busy = this.sendNext = false;
      this.alert = sentence;
      this.$refs.box.focus();
    },
    grow() {
      const box = this.$refs.box;
      if (!box) return;
      box.style.height = "auto";
      box.style.height = `${box.scrollHeight}px`;
    },
  },
};
