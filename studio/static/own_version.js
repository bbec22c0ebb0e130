// A text to be changed until the reader likes it; nothing is sent before it is saved.

export default {
  props: { words: Object },
  emits: ["save"],
  template: `
    <form v-if="text !== null" class="own-version" @submit.prevent="save" @keydown.esc="text = null">
      <textarea ref="box" :value="text" :aria-label="words.label" maxlength="20000" rows="6"
        @input="text = $event.target.value"></textarea>
      <p class="hint">{{ words.lead }}</p>
      <div class="acts">
        <button type="submit" class="act strong">{{ words.save }}</button>
        <button type="button" class="act" @click="text = null">{{ words.cancel }}</button>
      </div>
    </form>`,
  data() {
    return { text: null };
  },
  methods: {
    async open(text) {
      this.text = text;
      await this.$nextTick();
      this.$refs.box.focus();
    },
    close() {
      this.text = null;
    },
    save() {
      this.$emit("save", this.text);
    },
  },
};
