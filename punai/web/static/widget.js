/**
 * PunAI's chat: a launcher with a panel on any page, or a page of its own (`<punai-chat full>`).
 *
 * What is served is this file: no build step, no library, no second request until somebody chats.
 * It holds to a page's strictest policy: styles are constructed sheets, nodes are made one by one, and
 * what a reply says becomes text nodes; only checked addresses reach an attribute.
 */
"use strict";

(() => {
  /**
   * @typedef {{type: string, text?: string, items?: string[], title?: string, url?: string | null,
   *   image?: string | null}} Block
   * @typedef {{title: string, source: string, quote: string}} Citation
   * @typedef {"bot" | "waiting" | "human" | "closed"} Status
   * @typedef {"up" | "down"} Vote
   * @typedef {{message_id: string, role: "customer" | "assistant" | "agent", text: string, at: string,
   *   agent?: string | null, blocks?: Block[], citations?: Citation[], suggestions?: string[],
   *   intent?: string | null, confidence?: number | null, answered_by?: string | null,
   *   feedback?: Vote | null, local?: boolean}} Message
   * @typedef {{id: string, text: string, at: string, human?: boolean}} Unsent
   * @typedef {{user_id: string, token: string, expires_at: string}} Session
   * @typedef {{user_id: string, signature: string}} Proof
   * @typedef {{accent: string, on_accent: string}} Accent
   * @typedef {{light: Accent, dark: Accent}} Colors
   * @typedef {{name: string, welcome: string, suggestions: string[], logo: string | null, colors: Colors | null,
   *   language: string, direction: string, voice: boolean, words: Record<string, string>}} Config
   * @typedef {{session?: Session, conversation?: string, unsent?: Unsent[], theme?: string, voice?: boolean,
   *   seen?: string, colors?: Colors, touched?: number}} Kept
   * @typedef {Node | string | null | undefined | false} Child
   */

  // The widget's own words, where the server brings no others. -------------------------------------------

  const WORDS = {
    chat: "Chat",
    open: "Open chat",
    close: "Close chat",
    unread: "{n} unread",
    conversation: "Conversation",
    message: "Your message",
    placeholder: "Write a message…",
    send: "Send",
    sending: "Sending…",
    sent: "Sent",
    failed: "Not sent.",
    offline: "You are offline. This goes out when the line is back.",
    busy: "Much to do here. Trying again in a moment…",
    problem: "That did not work. Please try again.",
    retry: "Try again",
    latest: "Latest messages",
    you: "You",
    assistant: "Automatic assistant",
    typing: "{name} is writing",
    source: "Source: {title}",
    suggestions: "Suggestions",
    person: "Talk to a person",
    ask_person: "I would like to talk to a person.",
    waiting: "A person was asked for",
    waiting_next:
      "Somebody from {name} will answer here. Add anything that helps; you may leave and come back.",
    human: "{name} is answering you",
    human_unnamed: "A person is answering you",
    closed: "This conversation has ended",
    again: "Start a new conversation",
    end: "End conversation",
    helpful: "Helpful",
    not_helpful: "Not helpful",
    comment: "Comment",
    comment_hint: "What could be better? (optional)",
    submit: "Submit",
    thanks: "Thank you for telling us.",
    rate: "Rate this conversation",
    stars: "{n} of 5",
    options: "Options",
    light: "Light",
    dark: "Dark",
    system: "System",
    voice: "Voice",
    speak: "Speak",
    listening: "Listening…",
  };

  // What the page says about itself. ---------------------------------------------------------------------

  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  const BASE = new URL(".", script?.src || location.href).href;
  const DEBUG = new URLSearchParams(location.search).has("debug");
  const LONGEST = 4000;
  const SECOND = 1000;
  const MINUTE = 60 * SECOND;
  const DAY = 24 * 60 * MINUTE;

  // Nodes. -----------------------------------------------------------------------------------------------

  /**
   * An element with attributes; a function among them listens to the event of that name.
   * @template {keyof HTMLElementTagNameMap} T
   * @param {T} tag
   * @param {Record<string, unknown>} [attributes]
   * @param {Child[]} children
   * @returns {HTMLElementTagNameMap[T]}
   */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(name, /** @type {EventListener} */ (value));
      else if (value === false && !name.startsWith("aria")) continue;
      else if (value !== undefined) element.setAttribute(name, String(value));
    }
    for (const child of children) if (child) element.append(child);
    return element;
  }

  const ICONS = {
    chat: "M12 3.5c-5 0-9 3.4-9 7.7 0 2.4 1.3 4.6 3.3 6l-.7 3.6 3.8-2c.8.2 1.7.3 2.6.3 5 0 9-3.5 9-7.9s-4-7.7-9-7.7z",
    close: "M6 6l12 12M18 6L6 18",
    down: "M6 9l6 6 6-6",
    send: "M12 19V5M5.5 11.5L12 5l6.5 6.5",
    more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
    thumb:
      "M7 10.5l3.6-6.8c1.5 0 2.5 1 2.5 2.5v3.3h5.2c1.1 0 2 1 1.8 2.1l-1.1 6.7c-.2 1-1 1.7-2 1.7H7m0-9.5V20m0-9.5H4.5c-.6 0-1 .4-1 1V19c0 .6.4 1 1 1H7",
    mic: "M12 3a3 3 0 00-3 3v5a3 3 0 006 0V6a3 3 0 00-3-3zM5.5 11a6.5 6.5 0 0013 0M12 17.5V21",
    star: "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9-4.3-4.1 5.9-.8z",
    person: "M12 12a4 4 0 100-8 4 4 0 000 8zM4.5 20.5c1-3.5 4-5.5 7.5-5.5s6.500 2 7.500 5.500",
    quote: "M5 5.500h14M5 10h14M5 14.500h9",
  };

  /** @param {keyof typeof ICONS} name */
  function icon(name) {
    const space = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(space, "svg");
    const path = document.createElementNS(space, "path");
    picture.setAttribute("viewBox", "0 0 24 24");
    picture.setAttribute("aria-hidden", "true");
    path.setAttribute("d", ICONS[name]);
    picture.append(path);
    return picture;
  }

  /**
   * @param {keyof typeof ICONS} name
   * @param {string} label
   * @param {(event: Event) => void} click
   * @param {Record<string, unknown>} [attributes]
   */
  function iconButton(name, label, click, attributes) {
    return make(
      "button",
      { class: "icon", "aria-label": label, title: label, click, ...attributes },
      icon(name),
    );
  }

  /** An address that may be followed, or null: a reply must not bring `javascript:` or the like into the page.
   * @param {unknown} text
   * @param {RegExp} [schemes]
   */
  function safeAddress(text, schemes = /^(https?|mailto|tel):$/) {
    try {
      const address = new URL(String(text));
      return schemes.test(address.protocol) ? address.href : null;
    } catch {
      return null;
    }
  }

  /** @param {string} address @param {string} text */
  function link(address, text) {
    return make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text);
  }

  const ADDRESS = /\b(?:https?:\/\/|mailto:|tel:)[^\s<>"]+|\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/gi;

  /** A text with its addresses as links, the punctuation behind them left out.
   * @param {string} text
   * @returns {Child[]}
   */
  function linked(text) {
    /** @type {Child[]} */
    const parts = [];
    let end = 0;
    for (const found of text.matchAll(ADDRESS)) {
      const words = found[0].replace(found[0].includes("(") ? /[.,;:!?'’”»\]]+$/ : /[.,;:!?'’”»\])]+$/, "");
      const address = safeAddress(/^(https?|mailto|tel):/i.test(words) ? words : `mailto:${words}`);
      if (!address) continue;
      parts.push(text.slice(end, found.index), link(address, words));
      end = found.index + words.length;
    }
    return [...parts, text.slice(end)];
  }

  // What this browser keeps: shared by its tabs, or only in this page where nothing may be kept. -------------

  class Memory {
    /** @param {string} key */
    constructor(key) {
      this.key = key;
      /** @type {Kept} */
      this.own = {};
    }

    /** @returns {Kept} */
    get value() {
      try {
        const kept = JSON.parse(localStorage.getItem(this.key) || "null");
        if (kept && typeof kept === "object") this.own = kept;
      } catch {
        // A sandboxed frame or a private window: what this page knows has to do.
      }
      return this.own;
    }

    /** Change some of it, starting from what other tabs have written meanwhile.
     * @param {Kept} changes
     */
    change(changes) {
      this.own = { ...this.value, ...changes };
      try {
        localStorage.setItem(this.key, JSON.stringify(this.own));
      } catch {
        // As above, or full.
      }
    }
  }

  // The line to the server. --------------------------------------------------------------------------------

  /** What went wrong with a request; status 0 where no answer came. */
  class Trouble extends Error {
    /** @param {number} status @param {string} detail @param {number} [seconds] */
    constructor(status, detail, seconds = 0) {
      super(detail);
      this.status = status;
      this.seconds = seconds;
    }

    /** Whether the same again may work by itself. */
    get passes() {
      return (
        this.status === 0 ||
        this.status === 429 ||
        this.status === 503 ||
        (this.status === 409 && this.seconds > 0)
      );
    }
  }

  /**
   * @param {string} path
   * @param {{token?: string, body?: unknown, seconds?: number, cache?: RequestCache}} [options]
   * @returns {Promise<any>}
   */
  async function request(path, { token, body, seconds = 15, cache = "no-cache" } = {}) {
    const key = script?.dataset.apiKey;
    /** @type {Record<string, string>} */
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (key) headers["X-Api-Key"] = key;
    if (body) headers["Content-Type"] = "application/json";
    let response, answer;
    try {
      response = await fetch(BASE + path, {
        method: body ? "POST" : "GET",
        headers,
        body: body ? JSON.stringify(body) : undefined,
        cache, // `no-cache` asks with If-None-Match, by itself
        signal: AbortSignal.timeout(seconds * SECOND),
      });
      answer = await response.json();
    } catch (error) {
      if (!response || response.ok) throw new Trouble(0, String(error));
    }
    if (response.ok) return answer;
    throw new Trouble(
      response.status,
      answer?.detail || "",
      Number(response.headers.get("Retry-After")) || 0,
    );
  }

  /** An id nobody guesses; `randomUUID` is missing on plain http. */
  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join("");
  }

  // The conversation: what was said, what is still to be sent, and when to ask for news. ----------------------

  /** @param {Message} message */
  const keyOf = (message) => `${message.message_id}/${message.role}`;

  class Conversation {
    /**
     * @param {Memory} memory
     * @param {string | undefined} business
     * @param {(event: string, detail: object) => void} tell
     */
    constructor(memory, business, tell) {
      this.memory = memory;
      this.business = business;
      this.tell = tell;
      this.forget();
      /** Ids of unsent messages that this tab sends; another tab minds its own. @type {Set<string>} */
      this.mine = new Set();
      /** Why an unsent message did not go out. @type {Map<string, Trouble>} */
      this.troubles = new Map();
      this.stirred = Date.now();
      this.attempts = 0;
      /** @type {Promise<Session> | undefined} */
      this.opening = undefined;
    }

    forget() {
      /** @type {Message[]} */
      this.messages = [];
      /** @type {Status} */
      this.status = "bot";
      /** @type {number | null} */
      this.rating = null;
      this.more = false;
    }

    get id() {
      return this.memory.value.conversation;
    }

    get unsent() {
      return this.memory.value.unsent || [];
    }

    get agent() {
      return this.messages.filter(({ role }) => role === "agent").pop()?.agent;
    }

    /** Go on where this browser left off. */
    async resume() {
      for (const { id } of this.unsent) this.mine.add(id);
      if (this.id) await this.refresh();
      await this.sendAll();
    }

    // Who speaks

    /** @returns {Promise<Session>} */
    async session() {
      const kept = this.memory.value.session;
      if (kept && Date.parse(kept.expires_at) > Date.now()) return kept;
      this.opening ??= this.openSession().finally(() => (this.opening = undefined));
      return this.opening;
    }

    async openSession() {
      const before = this.memory.value.session;
      /** @type {Session} */
      const fresh = await request("session", { body: { business: this.business, ...this.proof } });
      const other = this.memory.value.session;
      // Another tab was quicker: one visitor, not two.
      if (!this.proof && other && other.token !== before?.token) return other;
      this.memory.change({ session: fresh });
      if (before?.user_id !== fresh.user_id) this.memory.change({ conversation: undefined });
      return fresh;
    }

    /** A customer whom the site knows and vouches for; nobody: whoever it was is forgotten here.
     * @param {Proof} [proof]
     */
    async identify(proof) {
      this.proof = proof;
      const known = this.memory.value.session;
      if (proof && known?.user_id === proof.user_id) return;
      this.memory.change({ session: undefined, conversation: undefined, unsent: [], seen: undefined });
      this.forget();
      if (proof) {
        await this.session();
        await this.refresh();
      }
      this.changed();
    }

    /** Ask with the customer's token; where it no longer counts, with a new one.
     * @param {string} path
     * @param {(session: Session) => object} [body]
     * @param {number} [seconds]
     * @returns {Promise<any>}
     */
    async ask(path, body, seconds) {
      const session = await this.session();
      try {
        return await request(path, { token: session.token, body: body?.(session), seconds });
      } catch (error) {
        if (!(error instanceof Trouble) || error.status !== 401) throw error;
        if (this.memory.value.session?.token === session.token)
          this.memory.change({ session: { ...session, expires_at: "" } });
        const fresh = await this.session();
        return request(path, { token: fresh.token, body: body?.(fresh), seconds });
      }
    }

    // Sending

    /** Queue a message; it goes out now or when the line is back.
     * @param {string} text
     * @param {boolean} [human] bring in a person with it
     */
    send(text, human) {
      const entry = { id: newId(), text: text.trim().slice(0, LONGEST), at: new Date().toISOString(), human };
      if (!entry.text) return;
      this.mine.add(entry.id);
      this.memory.change({ unsent: [...this.unsent, entry] });
      this.changed();
      this.sendAll();
    }

    /** How it stands with a message that may not have gone out. @param {string} message_id */
    fate(message_id) {
      if (!this.unsent.some(({ id }) => id === message_id)) return "";
      const trouble = this.sending !== message_id && this.troubles.get(message_id);
      if (!navigator.onLine) return "offline";
      if (!trouble) return "sending";
      return trouble.status && trouble.passes ? "busy" : "failed";
    }

    /** @param {string} id */
    retry(id) {
      this.mine.add(id);
      this.troubles.delete(id);
      this.attempts = 0;
      this.sendAll();
    }

    /** Send what waits, one after the other. */
    async sendAll() {
      if (this.sending) return;
      clearTimeout(this.again);
      const next = () =>
        this.unsent.find(({ id }) => this.mine.has(id) && this.troubles.get(id)?.passes !== false);
      for (let entry = next(); entry; entry = next()) {
        this.sending = entry.id;
        this.changed();
        try {
          await this.deliver(entry);
          this.attempts = 0;
          this.troubles.delete(entry.id);
        } catch (error) {
          const trouble = error instanceof Trouble ? error : new Trouble(-1, String(error));
          this.troubles.set(entry.id, trouble);
          this.tell("error", { status: trouble.status, detail: trouble.message });
          if (!trouble.passes) continue;
          const pause = trouble.seconds || Math.min(2 ** ++this.attempts, 60);
          this.again = setTimeout(() => this.sendAll(), pause * SECOND);
          break;
        }
      }
      this.sending = undefined;
      this.changed();
    }

    /** @param {Unsent} entry */
    async deliver(entry) {
      const ask = () =>
        this.ask(
          "chat",
          (session) => ({
            business: this.business,
            user_id: session.user_id,
            conversation_id: this.id,
            message_id: entry.id,
            message: entry.text,
            human: entry.human,
          }),
          40,
        );
      const answer = await ask().catch((error) => {
        if (error.status !== 403 || !this.id) throw error;
        // The conversation is another visitor's: this browser has a new name by now.
        this.memory.change({ conversation: undefined });
        return ask();
      });
      const at = new Date().toISOString();
      this.memory.change({
        conversation: answer.conversation_id,
        unsent: this.unsent.filter(({ id }) => id !== entry.id),
        touched: Date.now(), // so that other tabs look
      });
      const common = { message_id: entry.id, local: true };
      this.add({ ...common, role: "customer", text: entry.text, at: entry.at });
      if (answer.reply) this.add({ ...answer, ...common, role: "assistant", text: answer.reply, at });
      this.become(answer.status);
    }

    // News

    /** @param {Message} message */
    add(message) {
      if (this.messages.some((each) => keyOf(each) === keyOf(message))) return;
      this.messages.push(message);
      this.announce([message]);
    }

    /** @param {Message[]} fresh */
    announce(fresh) {
      this.stirred = Date.now();
      for (const { message_id, role, text, agent, intent, confidence, answered_by } of fresh) {
        this.tell("message", { message_id, role, text, agent });
        if (DEBUG && role === "assistant")
          console.info("PunAI", { message_id, intent, confidence, answered_by });
      }
    }

    /** @param {Status} status */
    become(status) {
      if (status === this.status) return;
      this.status = status;
      this.stirred = Date.now();
      this.tell("status", { status });
    }

    /** Read the last messages, as the server has them. */
    async refresh() {
      clearTimeout(this.timer);
      try {
        const page = await this.page();
        const known = new Set(this.messages.map(keyOf));
        const first = !this.messages.length;
        this.merge(page);
        if (!first)
          this.announce(page.messages.filter((/** @type {Message} */ each) => !known.has(keyOf(each))));
        this.rating = page.rating;
        this.become(page.status);
        if (this.id !== page.conversation_id) this.memory.change({ conversation: page.conversation_id });
      } catch (error) {
        if (error instanceof Trouble && (error.status === 404 || error.status === 403)) {
          this.memory.change({ conversation: undefined });
          this.forget();
        }
      }
      this.changed();
    }

    /** @param {string} [before] */
    page(before) {
      const query = new URLSearchParams({ limit: "50" });
      if (this.id) query.set("conversation_id", this.id);
      if (this.business) query.set("business", this.business);
      if (before) query.set("before", before);
      return this.ask(`messages?${query}`);
    }

    /** Put the last page in place: older messages before it, those that it does not know yet behind.
     * @param {{messages: Message[], more: boolean}} page
     */
    merge({ messages, more }) {
      const there = new Set(messages.map(keyOf));
      const rest = this.messages.filter((message) => !there.has(keyOf(message)));
      const joined =
        rest.length + there.size > messages.length &&
        this.messages.some((message) => there.has(keyOf(message)));
      const older = joined ? rest.filter((message) => !message.local) : [];
      if (!older.length) this.more = more;
      this.messages = [...older, ...messages, ...rest.filter((message) => message.local)];
    }

    /** Read the page before the first message. */
    async earlier() {
      if (!this.more || this.reading) return;
      this.reading = true;
      try {
        const { messages, more } = await this.page(this.messages[0].message_id);
        const known = new Set(this.messages.map(keyOf));
        this.messages.unshift(...messages.filter((/** @type {Message} */ each) => !known.has(keyOf(each))));
        this.more = more && messages.length > 0;
      } catch {
        // The next scroll tries again.
      }
      this.reading = false;
      this.changed();
    }

    /** When to look for news next, in milliseconds; 0 is never. The longer it was quiet, the more seldom. */
    pause() {
      const quiet = Date.now() - this.stirred;
      if (!this.id || this.status === "closed" || (this.status === "bot" && quiet > 10 * MINUTE)) return 0;
      if (document.hidden) return Math.max(20 * SECOND, Math.min(quiet / 5, MINUTE));
      if (this.status === "bot") return Math.max(10 * SECOND, Math.min(quiet / 5, MINUTE));
      return Math.max(2 * SECOND, Math.min(quiet / 20, 20 * SECOND));
    }

    changed() {
      clearTimeout(this.timer);
      const pause = this.pause();
      if (pause) this.timer = setTimeout(() => this.refresh(), pause);
      this.tell("change", {});
    }

    stop() {
      clearTimeout(this.timer);
      clearTimeout(this.again);
    }

    // What the customer thinks of it

    /** @param {{message_id?: string, value?: Vote | "none", rating?: number, comment?: string}} opinion */
    async feedback(opinion) {
      const { message_id, value, rating } = opinion;
      const message = this.messages.find(
        (each) => each.message_id === message_id && each.role === "assistant",
      );
      if (message && value) message.feedback = value === "none" ? null : value;
      if (rating) this.rating = rating;
      this.changed();
      const answer = await this.about("feedback", opinion);
      this.become(answer.status);
      this.changed();
    }

    async close() {
      const { status } = await this.about("close", {});
      this.become(status);
      this.changed();
    }

    /** @param {string} path @param {object} what */
    about(path, what) {
      return this.ask(path, ({ user_id }) => ({
        business: this.business,
        user_id,
        conversation_id: this.id,
        ...what,
      }));
    }

    /** Leave this conversation behind; the next message starts another. */
    startAgain() {
      this.memory.change({ conversation: undefined, seen: undefined });
      this.forget();
      this.tell("status", { status: this.status });
      this.changed();
    }
  }
  // How it looks. --------------------------------------------------------------------------------------------

  const STYLES = `
    :host { all: initial !important; display: contents !important }
    * { box-sizing: border-box; margin: 0 }
    [hidden] { display: none !important }
    .root {
      --accent: light-dark(var(--light), var(--dark));
      --on-accent: light-dark(var(--on-light), var(--on-dark));
      --ground: light-dark(#fff, #16181d);
      --raised: light-dark(#f2f3f6, #262931);
      --line: light-dark(#e2e4e9, #363a44);
      --edge: light-dark(#7c8391, #868e9e);
      --text: light-dark(#181a20, #eef0f4);
      --quiet: light-dark(#596070, #a7aebc);
      --tint: color-mix(in srgb, var(--accent) 10%, var(--ground));
      color-scheme: light dark; color: var(--text); text-align: start;
      font: 0.9375em/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
    }
    .root[data-theme=light] { color-scheme: light }
    .root[data-theme=dark] { color-scheme: dark }
    button, textarea { font: inherit; color: inherit; background: none; border: 0 }
    button { min-height: 44px; padding: 0; cursor: pointer; touch-action: manipulation }
    a { color: inherit; text-underline-offset: 2px }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
    svg { width: 22px; height: 22px; display: block; fill: none; stroke: currentColor; stroke-width: 1.8;
      stroke-linecap: round; stroke-linejoin: round; flex: none }
    strong, h1, h2 { font-weight: 650; line-height: 1.3; letter-spacing: -0.01em }
    .unseen { position: absolute; clip-path: inset(50%); white-space: nowrap }
    .icon, .face, .launcher { display: grid; place-items: center; border-radius: 50%; flex: none }
    .icon { width: 44px; color: var(--quiet) }
    .icon:hover { background: var(--raised); color: var(--text) }
    .face, .launcher, .go, .solid { background: var(--accent); color: var(--on-accent) }
    .face { width: 40px; height: 40px; overflow: hidden; font-weight: 650 }
    .face img { width: 100%; height: 100%; object-fit: cover }

    .launcher, .panel { position: fixed; z-index: 2147483647; inset-block-end: calc(20px + env(safe-area-inset-bottom));
      inset-inline-end: 20px; box-shadow: 0 8px 40px rgb(0 0 0 / 0.2), 0 1px 6px rgb(0 0 0 / 0.12) }
    .left > * { inset-inline: 20px auto }
    .launcher { width: 60px; height: 60px; transition: transform 0.2s }
    .launcher:hover { transform: scale(1.05) }
    .launcher svg { width: 28px; height: 28px }
    .badge { position: absolute; inset-block-start: -3px; inset-inline-end: -3px; min-width: 22px; padding: 0 6px;
      border-radius: 11px; background: #c5221f; color: #fff; font-size: 0.8em; line-height: 22px; font-weight: 650 }

    .panel { width: 400px; height: min(680px, 100dvh - 40px); display: flex; flex-direction: column; overflow: hidden;
      background: var(--ground); border-radius: 20px; outline: 1px solid var(--line); animation: arrive 0.2s }
    header { display: flex; align-items: center; gap: 12px; padding: 12px; padding-inline: 16px 8px;
      border-block-end: 1px solid var(--line); position: relative; z-index: 1 }
    .who { flex: 1; min-width: 0 }
    h1, h2 { font-size: 1.067em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
    .state { color: var(--quiet); font-size: 0.867em; line-height: 1.4 }
    .state::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%; background: #2e9e5b; margin-inline-end: 6px }
    .waiting .state::before { background: #d98a00 }
    .closed .state::before { background: var(--edge) }

    .log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 16px; outline-offset: -3px;
      scrollbar-width: thin; display: flex; flex-direction: column }
    .log > :first-child { margin-block-start: auto }
    .day, .name, .meta { font-size: 0.8em; color: var(--quiet) }
    .day { align-self: center; margin-block: 12px 8px }
    .intro { margin-block: auto; display: grid; justify-items: center; gap: 8px; text-align: center }
    .intro .face { width: 72px; height: 72px; font-size: 2em; margin-block-end: 8px }
    .intro strong { font-size: 1.4em }
    .intro p { color: var(--quiet); max-width: 36ch; text-wrap: balance }

    .row { display: grid; grid-template-columns: minmax(0, 1fr); justify-items: start; margin-block-start: 3px }
    .row.first { margin-block-start: 14px }
    .customer { justify-items: end }
    .name { margin: 0 4px 3px }
    .row:not(.first) .name, .row:not(.last, .assistant) .meta { display: none }
    .bubble, .source, blockquote, .chip { overflow-wrap: anywhere }
    .bubble, .sources { max-width: 86%; display: grid; grid-template-columns: minmax(0, 1fr) }
    .bubble { gap: 8px; padding: 9px 14px; border-radius: 18px; border-end-start-radius: 6px; background: var(--raised) }
    .agent .bubble { background: var(--tint) }
    .customer .bubble { background: var(--accent); color: var(--on-accent); border-end-start-radius: 18px; border-end-end-radius: 6px }
    .bubble :focus-visible { outline-color: currentColor }
    .words, blockquote { white-space: pre-wrap }
    ol { padding-inline-start: 1.5em }
    li + li { margin-block-start: 6px }
    .card { background: var(--ground); border: 1px solid var(--line); border-radius: 12px; overflow: hidden }
    .card img { display: block; width: 100%; max-height: 180px; object-fit: cover }
    .card div { padding: 10px 12px; display: grid; gap: 4px }
    .source { display: flex; align-items: center; gap: 6px; padding-inline: 6px; font-size: 0.867em; color: var(--quiet); text-align: start }
    .source svg { width: 16px; transition: transform 0.15s }
    [aria-expanded=true] > svg { transform: rotate(180deg) }
    blockquote { margin: 0 6px 8px; padding: 0 12px; border-inline-start: 3px solid var(--accent); font-size: 0.933em }
    .meta { display: flex; align-items: center; margin-inline: 4px; min-height: 24px }
    .fate:not(:empty)::before { content: "\\b7"; margin-inline: 5px }
    .meta .icon { margin-block: -8px; background: none }
    .meta svg { width: 17px }
    [aria-pressed=true] { color: var(--accent) }
    [aria-pressed=true] svg { fill: var(--tint) }
    .against svg { transform: rotate(180deg) }
    .plain { padding-inline: 8px; font-weight: 600; color: var(--text); border-radius: 8px }
    .plain:hover, .source:hover { text-decoration: underline }
    .typing .bubble { display: flex; gap: 5px; padding: 15px 16px }
    i { width: 7px; height: 7px; border-radius: 50%; background: var(--quiet); animation: breathe 1.2s infinite }
    i + i { animation-delay: 0.15s }
    i + i + i { animation-delay: 0.3s }
    .chips { display: flex; flex-wrap: wrap; gap: 8px; margin-block-start: 14px }
    .intro .chips { justify-content: center }
    .chip { padding: 8px 16px; border-radius: 22px; border: 1px solid var(--line); text-align: start; line-height: 1.35 }
    .chip:hover { border-color: var(--accent); background: var(--tint) }

    .below { position: relative; padding-block-end: env(safe-area-inset-bottom) }
    .bar { padding: 12px 16px; background: var(--tint); font-size: 0.933em }
    .stars { display: flex }
    .stars label { width: 44px; height: 44px; display: grid; place-items: center; position: relative; color: var(--edge) }
    .stars input { position: absolute; inset: 0; opacity: 0; cursor: pointer }
    .stars svg { width: 28px; height: 28px }
    .stars :is(label:has(:checked), label:has(~ label :checked)) { color: var(--accent) }
    .stars :is(label:has(:checked), label:has(~ label :checked)) svg { fill: currentColor }
    .stars label:has(:focus-visible) { outline: 2px solid; border-radius: 8px }
    .remark { display: grid; gap: 8px; justify-items: start; width: 100%; margin-block: 4px 12px }
    textarea { font-size: 16px; resize: none; min-width: 0; padding: 10px 12px; line-height: 24px }
    .remark textarea { width: 100%; height: 70px; border: 1px solid var(--edge); border-radius: 12px; background: var(--ground) }
    .solid { padding-inline: 18px; border-radius: 22px; font-weight: 600 }
    .solid:hover, .go:hover { filter: brightness(1.1) }

    .field { display: flex; align-items: end; margin: 10px 12px 8px; border: 1px solid var(--edge); border-radius: 26px; padding: 3px }
    .field:focus-within { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent) }
    .field textarea { flex: 1; height: 44px; max-height: 164px; outline: 0 }
    ::placeholder { color: var(--quiet); opacity: 1 }
    .go, .go:hover { background: var(--accent); color: var(--on-accent) }
    .go:disabled { background: var(--raised); color: var(--quiet); cursor: default }
    .foot { display: flex; align-items: center; gap: 6px; margin: -6px auto 0; font: inherit; font-size: 0.867em; color: var(--quiet) }
    .foot svg, .latest svg { width: 16px }
    .latest { position: absolute; inset-block-end: calc(100% + 8px); inset-inline: 0; margin: auto; width: max-content; display: flex;
      align-items: center; gap: 6px; padding-inline: 12px 16px; border-radius: 22px; background: var(--ground);
      border: 1px solid var(--line); box-shadow: 0 4px 16px rgb(0 0 0 / 0.16); font-size: 0.867em }
    .menu { position: absolute; inset-block-start: 100%; inset-inline-end: 8px; min-width: 200px; padding: 6px; display: grid;
      background: var(--ground); border: 1px solid var(--line); border-radius: 14px; box-shadow: 0 8px 32px rgb(0 0 0 / 0.18) }
    .menu button { padding: 0 12px; text-align: start; border-radius: 9px }
    .menu button::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-inline-end: 10px }
    .menu [aria-checked=true]::before { background: var(--accent) }
    .menu button:is(:hover, :focus-visible) { background: var(--raised) }

    @keyframes breathe { 50% { opacity: 0.3 } }
    @keyframes arrive { from { opacity: 0; transform: translateY(8px) } }
    .new { animation: arrive 0.2s }

    .full .panel > :not(.below), .full .below > * { padding-inline: max(16px, 50% - 360px) }
    .full .field { margin-inline: max(12px, 50% - 364px); padding-inline: 3px }
    .full .panel { inset: 0; width: 100%; height: var(--height, 100dvh); border-radius: 0; box-shadow: none; outline: 0; animation: none }
    @media (max-width: 480px) {
      .root:not(.full) .panel { inset: var(--top, 0) 0 auto; width: 100%; height: var(--height, 100dvh); border-radius: 0 }
      header { padding-block-start: calc(12px + env(safe-area-inset-top)) }
    }
    @media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important } }
    @media (forced-colors: active) {
      .bubble, .launcher, .chip, .go, .solid, .badge { border: 1px solid }
      ::before { forced-color-adjust: none }
    }
  `;

  /** Of the site's own colour as light or as dark as text on it needs. @type {Colors} */
  const COLORS = {
    light: { accent: "oklch(from var(--own) min(l, 0.52) c h)", on_accent: "#fff" },
    dark: { accent: "oklch(from var(--own) max(l, 0.75) c h)", on_accent: "#000" },
  };

  // Voice, where the browser has it.

  const { SpeechRecognition, webkitSpeechRecognition, speechSynthesis } = /** @type {any} */ (window);
  const Recognition = SpeechRecognition || webkitSpeechRecognition;

  // The panel. -----------------------------------------------------------------------------------------------

  /** @typedef {{key: string, stamp: string, build: () => HTMLElement, touch?: (node: HTMLElement) => void}} Row */

  class Panel {
    /**
     * @param {Config} config
     * @param {Conversation} talk
     * @param {boolean} full
     * @param {{close: () => void, paint: () => void}} owner
     */
    constructor(config, talk, full, owner) {
      this.config = config;
      this.talk = talk;
      this.owner = owner;
      /** What the log shows, by key. @type {Map<string, {node: HTMLElement, stamp: string}>} */
      this.shown = new Map();
      this.following = true;
      this.state = make("div", { class: "state" });
      this.log = make("div", {
        class: "log",
        role: "log",
        tabindex: 0,
        "aria-label": this.word("conversation"),
        scroll: () => this.scrolled(),
      });
      this.bar = make("div", { class: "bar" });
      this.notice = make("div", { class: "unseen", role: "status" });
      this.latest = make(
        "button",
        { class: "latest", hidden: true, click: () => this.follow() },
        icon("down"),
        this.word("latest"),
      );
      this.box = make("textarea", {
        rows: 1,
        maxlength: LONGEST,
        dir: "auto",
        enterkeyhint: "send",
        "aria-label": this.word("message"),
        placeholder: this.word("placeholder"),
        input: () => this.typed(),
        keydown: (/** @type {KeyboardEvent} */ event) => this.typedKey(event),
      });
      this.go = iconButton("send", this.word("send"), () => this.submit(), {
        class: "icon go",
        disabled: true,
      });
      this.mic = iconButton("mic", this.word("speak"), () => this.listen(), { "aria-pressed": false });
      this.field = make("div", { class: "field" }, this.box, this.mic, this.go);
      this.person = make(
        "button",
        { class: "plain foot", click: () => this.say(this.word("ask_person"), true) },
        icon("person"),
        this.word("person"),
      );
      this.options = iconButton("more", this.word("options"), () => this.toggleMenu(), {
        "aria-haspopup": "menu",
        "aria-expanded": false,
      });
      this.menu = make("div", {
        class: "menu",
        role: "menu",
        "aria-label": this.word("options"),
        hidden: true,
      });
      const header = make(
        "header",
        {},
        this.face(),
        make("div", { class: "who" }, make(full ? "h1" : "h2", {}, config.name), this.state),
        this.options,
        !full && iconButton("close", this.word("close"), owner.close),
        this.menu,
      );
      this.node = make(
        full ? "main" : "section",
        {
          class: "panel",
          role: full ? undefined : "dialog",
          "aria-label": config.name,
          hidden: true,
          keydown: (/** @type {KeyboardEvent} */ event) => this.pressed(event),
        },
        header,
        this.log,
        make("div", { class: "below" }, this.latest, this.bar, this.field, this.person),
        this.notice,
      );
      new ResizeObserver(() => this.following && this.toEnd()).observe(this.log);
    }

    /** @param {keyof typeof WORDS} key @param {Record<string, string | number>} [values] */
    word(key, values) {
      return wordOf(this.config, key, values);
    }

    /** The business's logo, or its initial where it has none or the page lets none in. */
    face() {
      const { logo, name } = this.config;
      const face = make("span", { class: "face", "aria-hidden": true }, [...name.trim()][0]?.toUpperCase());
      const src = safeAddress(logo, /^(https?|data):$/);
      if (src) {
        const image = make("img", { src, alt: "", load: () => face.replaceChildren(image) });
      }
      return face;
    }

    // Writing

    typed() {
      this.box.style.height = "0";
      this.box.style.height = `${this.box.scrollHeight}px`;
      this.go.disabled = !this.box.value.trim();
    }

    /** @param {KeyboardEvent} event */
    typedKey(event) {
      // An input method's Enter picks a word; Safari tells it by 229 only.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.submit();
    }

    submit() {
      this.say(this.box.value);
      this.box.value = "";
      this.typed();
    }

    /** @param {string} text @param {boolean} [human] */
    say(text, human) {
      this.talk.send(text, human);
      this.follow();
    }

    listen() {
      if (this.ears) return this.ears.stop();
      const ears = new Recognition();
      this.ears = ears;
      const before = this.box.value;
      ears.lang = this.config.language;
      ears.interimResults = true;
      ears.onresult = (/** @type {any} */ { results }) => {
        this.box.value = `${before} ${Array.from(results, ([best]) => best.transcript).join("")}`.trim();
        this.typed();
      };
      ears.onend = () => {
        this.ears = undefined;
        this.mic.setAttribute("aria-pressed", "false");
        this.box.focus();
      };
      ears.start();
      this.mic.setAttribute("aria-pressed", "true");
      this.notice.textContent = this.word("listening");
    }

    // The menu

    toggleMenu(show = this.menu.hidden) {
      this.menu.hidden = !show;
      this.options.setAttribute("aria-expanded", String(show));
      this.menu.replaceChildren(...this.choices());
      (show ? this.menu.querySelector("button") : this.options)?.focus();
    }

    choices() {
      const { memory, id, status } = this.talk;
      const { theme = "system", voice } = memory.value;
      /** @param {string} role @param {keyof typeof WORDS} word @param {() => void} act @param {boolean} [checked] */
      const choice = (role, word, act, checked) =>
        make(
          "button",
          {
            role,
            "aria-checked": checked,
            click: () => {
              this.toggleMenu(false);
              act();
              this.owner.paint();
              this.draw();
            },
          },
          this.word(word),
        );
      return [
        .../** @type {const} */ (["light", "dark", "system"]).map((each) =>
          choice("menuitemradio", each, () => memory.change({ theme: each }), each === theme),
        ),
        ...(this.config.voice && (Recognition || speechSynthesis)
          ? [choice("menuitemcheckbox", "voice", () => memory.change({ voice: !voice }), Boolean(voice))]
          : []),
        ...(id && status !== "closed" ? [choice("menuitem", "end", () => this.end())] : []),
      ];
    }

    /** @param {KeyboardEvent} event */
    pressed(event) {
      const { key } = event;
      if (this.menu.hidden) return key === "Escape" && this.owner.close();
      if (key === "Escape" || key === "Tab") return this.toggleMenu(false);
      const choices = [...this.menu.querySelectorAll("button")];
      const at = choices.findIndex((each) => each.matches(":focus"));
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[key];
      if (to === undefined) return;
      event.preventDefault();
      choices.at(to % choices.length)?.focus();
    }

    async end() {
      await this.attempt(this.talk.close());
      this.draw();
      this.bar.querySelector("input")?.focus();
    }

    /** Whether something that needs the line worked; where not, it is said. @param {Promise<unknown>} action */
    async attempt(action) {
      try {
        await action;
        return true;
      } catch (error) {
        this.talk.tell("error", { status: /** @type {Trouble} */ (error).status, detail: String(error) });
        this.notice.textContent = this.word("problem");
        return false;
      }
    }

    // Showing

    draw() {
      const { talk } = this;
      const { status, agent, id, memory } = talk;
      const state = /** @type {const} */ ({
        bot: "assistant",
        waiting: "waiting",
        human: agent ? "human" : "human_unnamed",
        closed: "closed",
      })[status];
      setText(this.state, this.word(state, { name: agent || "" }));
      this.node.className = `panel ${status}`;
      this.field.hidden = status === "closed";
      this.person.hidden = status !== "bot";
      this.mic.hidden = !memory.value.voice || !Recognition;
      if (this.barred !== status + id) this.drawBar();
      this.barred = status + id;
      this.drawLog();
      if (talk.sending && status === "bot")
        setText(this.notice, this.word("typing", { name: this.config.name }));
    }

    drawBar() {
      const { talk, bar } = this;
      const { status } = talk;
      bar.hidden = status !== "waiting" && status !== "closed";
      if (status === "waiting") bar.replaceChildren(this.word("waiting_next", { name: this.config.name }));
      if (status === "closed")
        bar.replaceChildren(
          ...this.stars(),
          make(
            "button",
            {
              class: "solid",
              click: () => {
                talk.startAgain();
                this.draw();
                this.box.focus();
              },
            },
            this.word("again"),
          ),
        );
    }

    stars() {
      const { talk } = this;
      const remark = make("div");
      /** @param {number} rating */
      const rate = async (rating) => {
        if ((await this.attempt(talk.feedback({ rating }))) && !remark.firstChild) {
          remark.append(this.remark((comment) => talk.feedback({ rating: talk.rating || rating, comment })));
        }
      };
      const stars = [1, 2, 3, 4, 5].map((n) =>
        make(
          "label",
          {},
          make("input", {
            type: "radio",
            name: "rating",
            checked: n === talk.rating,
            change: () => rate(n),
            "aria-label": this.word("stars", { n }),
          }),
          icon("star"),
        ),
      );
      const label = this.word("rate");
      return [
        make("strong", {}, label),
        make("div", { class: "stars", role: "radiogroup", "aria-label": label }, ...stars),
        remark,
      ];
    }

    /** A box for a comment, until it was sent. @param {(comment: string) => Promise<void>} send */
    remark(send) {
      const box = make("textarea", {
        "aria-label": this.word("comment"),
        placeholder: this.word("comment_hint"),
        maxlength: 1000,
        dir: "auto",
      });
      const node = make(
        "div",
        { class: "remark", role: "status" },
        box,
        make(
          "button",
          {
            class: "solid",
            click: async () => {
              if (await this.attempt(send(box.value.trim()))) node.replaceChildren(this.word("thanks"));
            },
          },
          this.word("submit"),
        ),
      );
      return node;
    }

    // The log

    drawLog() {
      const { log, shown } = this;
      const fresh = !shown.size;
      const rows = this.rows();
      const keys = new Set(rows.map(({ key }) => key));
      const [firstNode, fromEnd] = [log.firstChild, log.scrollHeight - log.scrollTop];
      for (const [key, { node }] of shown) {
        if (keys.has(key)) continue;
        node.remove();
        shown.delete(key);
      }
      let place = log.firstChild;
      for (const { key, stamp, build, touch } of rows) {
        let row = shown.get(key);
        if (row?.stamp !== stamp) {
          const node = build();
          if (!fresh && !row) node.classList.add("new");
          if (row?.node === place) place = node;
          row?.node.replaceWith(node);
          row = { node, stamp };
          shown.set(key, row);
        }
        touch?.(row.node);
        if (row.node === place) place = place.nextSibling;
        else log.insertBefore(row.node, place);
      }
      if (this.following) this.toEnd();
      else if (log.firstChild !== firstNode) log.scrollTop = log.scrollHeight - fromEnd; // older ones came above
    }

    /** @returns {Row[]} */
    rows() {
      const { messages, unsent, sending, status } = this.talk;
      const known = new Set(messages.map(keyOf));
      /** @type {Message[]} */
      const all = unsent.map(({ id, text, at }) => ({ message_id: id, role: "customer", text, at }));
      all.splice(0, all.length, ...messages, ...all.filter((each) => !known.has(keyOf(each))));
      if (!all.length) return [{ key: "intro", stamp: "", build: () => this.intro() }];
      /** @type {Row[]} */
      const rows = [];
      all.forEach((message, at) => {
        const [before, after] = [all[at - 1], all[at + 1]];
        const day = this.day(message.at);
        if (!before || this.day(before.at) !== day)
          rows.push({ key: day, stamp: "", build: () => make("div", { class: "day" }, day) });
        const { role, text, blocks, citations, agent } = message;
        rows.push({
          key: keyOf(message),
          stamp: JSON.stringify([text, blocks, citations, agent]),
          build: () => this.row(message),
          touch: (node) => {
            node.className = `row ${role} ${together(before, message) ? "" : "first"} ${together(message, after) ? "" : "last"}`;
            this.touch(node, message, !after);
          },
        });
      });
      if (sending && status === "bot") rows.push({ key: "typing", stamp: "", build: typing });
      const last = all[all.length - 1];
      if (last.suggestions?.length && status !== "closed")
        rows.push({ key: `chips ${keyOf(last)}`, stamp: "", build: () => this.chips(last.suggestions) });
      return rows;
    }

    intro() {
      const { name, welcome, suggestions } = this.config;
      return make(
        "div",
        { class: "intro" },
        this.face(),
        make("strong", {}, name),
        make("p", { dir: "auto" }, welcome),
        this.chips(suggestions),
      );
    }

    /** What the customer might say next. @param {string[]} [suggestions] */
    chips(suggestions = []) {
      return make(
        "div",
        { class: "chips" },
        ...suggestions.map((text) => make("button", { class: "chip", click: () => this.say(text) }, text)),
      );
    }

    /** @param {Message} message */
    row({ role, text, at, agent, blocks, citations = [], message_id }) {
      const author = {
        customer: this.word("you"),
        assistant: this.config.name,
        agent: agent || this.word("human_unnamed"),
      }[role];
      return make(
        "div",
        {},
        role !== "customer" && make("div", { class: "name", "aria-hidden": true }, author),
        make(
          "div",
          { class: "bubble" },
          make("span", { class: "unseen" }, `${author}: `),
          ...(blocks?.length ? blocks : [{ type: "text", text }]).map(block),
        ),
        citations.length > 0 &&
          make("div", { class: "sources" }, ...citations.map((each) => this.source(each))),
        make(
          "div",
          { class: "meta", "aria-live": "off" },
          make(
            "time",
            { datetime: at },
            new Date(at).toLocaleTimeString(this.config.language, { timeStyle: "short" }),
          ),
          make("span", { class: "fate" }),
          role === "assistant" && this.thumb("up", message_id),
          role === "assistant" && this.thumb("down", message_id),
        ),
      );
    }

    /** A source that opens to the words it was taken from. @param {Citation} citation */
    source({ title, source, quote }) {
      const address = safeAddress(source, /^https?:$/);
      const words = make(
        "blockquote",
        { hidden: true, dir: "auto" },
        quote,
        address && "\n",
        address && link(address, source),
      );
      const button = make(
        "button",
        {
          class: "source",
          "aria-expanded": false,
          click: () => {
            words.hidden = !words.hidden;
            button.setAttribute("aria-expanded", String(!words.hidden));
          },
        },
        icon("down"),
        this.word("source", { title }),
      );
      return make("div", {}, button, words);
    }

    /** @param {Vote} vote @param {string} message_id */
    thumb(vote, message_id) {
      const button = iconButton(
        "thumb",
        this.word(vote === "up" ? "helpful" : "not_helpful"),
        async () => {
          const row = button.closest(".row");
          const value = button.getAttribute("aria-pressed") === "true" ? "none" : vote;
          row?.querySelector(".remark")?.remove();
          const known = await this.attempt(this.talk.feedback({ message_id, value }));
          if (known && value === "down")
            row?.append(this.remark((comment) => this.talk.feedback({ message_id, value, comment })));
        },
        { "data-vote": vote, class: vote === "up" ? "icon" : "icon against" },
      );
      return button;
    }

    /** Show what changes about a message after it was built. @param {HTMLElement} node @param {Message} message @param {boolean} newest */
    touch(node, message, newest) {
      for (const button of node.querySelectorAll("[data-vote]")) {
        button.setAttribute("aria-pressed", String(button.getAttribute("data-vote") === message.feedback));
      }
      if (message.role !== "customer") return;
      const { message_id } = message;
      const fate = this.talk.fate(message_id) || (newest ? "sent" : "");
      const shown = /** @type {HTMLElement} */ (node.querySelector(".fate"));
      if (fate) node.classList.add("last");
      if (shown.dataset.fate === fate) return;
      shown.dataset.fate = fate;
      shown.replaceChildren(fate && this.word(fate));
      if (/failed|offline|busy/.test(fate))
        shown.append(
          make("button", { class: "plain", click: () => this.talk.retry(message_id) }, this.word("retry")),
        );
    }

    /** @param {string} at */
    day(at) {
      const { language } = this.config;
      const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / DAY);
      if (days > 1)
        return new Date(at).toLocaleDateString(language, { weekday: "long", day: "numeric", month: "long" });
      return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-days, "day");
    }

    // Scrolling

    scrolled() {
      const { scrollHeight, scrollTop, clientHeight } = this.log;
      this.following = scrollHeight - scrollTop - clientHeight < 60;
      this.latest.hidden = this.following;
      if (scrollTop < 200) this.talk.earlier();
    }

    follow() {
      this.toEnd();
      this.following = true;
      this.box.focus({ preventScroll: true });
    }

    toEnd() {
      this.log.scrollTop = this.log.scrollHeight;
    }
  }

  /** @param {Config} config @param {keyof typeof WORDS} key @param {Record<string, string | number>} [values] */
  function wordOf(config, key, values = {}) {
    return (config.words[key] || WORDS[key]).replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  /** @param {Element} element @param {string} text */
  function setText(element, text) {
    if (element.textContent !== text) element.textContent = text; // a live region would say it again
  }

  /** Whether two messages stand in one group. @param {Message | undefined} one @param {Message | undefined} next */
  function together(one, next) {
    return (
      one &&
      next &&
      one.role === next.role &&
      one.agent === next.agent &&
      Date.parse(next.at) - Date.parse(one.at) < 5 * MINUTE
    );
  }

  function typing() {
    return make(
      "div",
      { class: "row first typing", "aria-hidden": true },
      make("div", { class: "bubble" }, make("i"), make("i"), make("i")),
    );
  }

  /** A part of a reply. @param {Block} part */
  function block({ type, title = "", text = "", items = [], url, image }) {
    if (type === "steps")
      return make("ol", { dir: "auto" }, ...items.map((item) => make("li", {}, ...linked(item))));
    const words = make("div", { class: "words", dir: "auto" }, ...linked(text));
    if (type !== "card") return words;
    const [address, src] = [safeAddress(url), safeAddress(image, /^https?:$/)];
    const picture =
      src &&
      make("img", {
        src,
        alt: "",
        loading: "lazy",
        referrerpolicy: "no-referrer",
        error: (/** @type {any} */ event) => event.target.remove(),
      });
    return make(
      "div",
      { class: "card" },
      picture,
      make("div", { dir: "auto" }, make("strong", {}, address ? link(address, title) : title), words),
    );
  }

  // The element. ---------------------------------------------------------------------------------------------

  class PunaiChat extends HTMLElement {
    root = make("div", { class: "root" });
    badge = make("span", { class: "badge", "aria-hidden": true });
    launcher = make(
      "button",
      { class: "launcher", "aria-haspopup": "dialog", click: () => this.open() },
      icon("chat"),
      this.badge,
    );
    memory = new Memory(`punai:${BASE}:${this.option("business") || ""}`);
    talk = new Conversation(this.memory, this.option("business"), (event, detail) =>
      this.heard(event, detail),
    );
    cleanup = new AbortController();
    /** @type {Promise<Panel> | undefined} */
    prepared;
    /** @type {Config} */
    config = {
      name: WORDS.chat,
      welcome: "",
      suggestions: [],
      logo: null,
      colors: null,
      language: navigator.language,
      direction: "ltr",
      voice: false,
      words: {},
    };

    constructor() {
      super();
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLES);
      const shadow = this.attachShadow({ mode: "open" });
      shadow.adoptedStyleSheets = [sheet];
      shadow.append(this.root);
    }

    /** An attribute of this element or of the script. @param {string} name */
    option(name) {
      return this.dataset[name] ?? script?.dataset[name];
    }

    get full() {
      return this.hasAttribute("full");
    }

    get isOpen() {
      return this.panel ? !this.panel.node.hidden : false;
    }

    connectedCallback() {
      this.cleanup = new AbortController();
      const { signal } = this.cleanup;
      addEventListener("storage", (event) => event.key === this.memory.key && this.otherTab(event), {
        signal,
      });
      addEventListener("online", () => this.talk.sendAll(), { signal });
      addEventListener("offline", () => this.update(), { signal });
      document.addEventListener("visibilitychange", () => this.lookedAt(), { signal });
      for (const event of ["resize", "scroll"])
        visualViewport?.addEventListener(event, () => this.fit(), { signal });
      this.root.classList.toggle("full", this.full);
      this.root.classList.toggle("left", this.option("position") === "left");
      if (!this.full) this.root.append(this.launcher);
      this.paint();
      this.drawUnread();
      this.start();
    }

    disconnectedCallback() {
      this.cleanup.abort();
      this.talk.stop();
    }

    async start() {
      if (this.talk.id || this.talk.unsent.length) await this.prepare();
      if (this.full || this.option("open") !== undefined) await this.open();
      await this.talk.resume();
    }

    // What the site may do

    async open() {
      const { node, box } = await this.prepare();
      if (this.isOpen) return;
      node.hidden = false;
      this.launcher.hidden = true;
      this.fit();
      this.draw();
      this.panel?.follow();
      box.focus({ preventScroll: true });
      this.heard("open");
    }

    close() {
      if (!this.panel || !this.isOpen || this.full) return;
      this.panel.node.hidden = true;
      this.launcher.hidden = false;
      this.launcher.focus({ preventScroll: true });
      speechSynthesis?.cancel();
      this.update();
      this.heard("close");
    }

    /** @param {string} text */
    send(text) {
      this.prepare();
      this.talk.send(String(text));
    }

    /** @param {Proof} [proof] */
    identify(proof) {
      return this.talk.identify(proof);
    }

    // What happens

    /** @param {string} event @param {any} [detail] */
    heard(event, detail = {}) {
      if (event === "change") return this.update();
      if (
        event === "message" &&
        detail.role !== "customer" &&
        this.isOpen &&
        this.memory.value.voice &&
        speechSynthesis
      ) {
        const words = new SpeechSynthesisUtterance(detail.text);
        words.lang = this.config.language;
        speechSynthesis.speak(words);
      }
      this.dispatchEvent(new CustomEvent(`punai:${event}`, { detail, bubbles: true, composed: true }));
    }

    /** @param {StorageEvent} event */
    otherTab(event) {
      const [before, now] = [event.oldValue, event.newValue].map(
        (value) => /** @type {Kept} */ (JSON.parse(value || "{}")),
      );
      if (before.conversation && before.conversation !== now.conversation) this.talk.forget();
      if (now.conversation && before.touched !== now.touched) this.talk.refresh();
      this.paint();
      this.update();
    }

    lookedAt() {
      this.update();
      if (document.hidden || !this.talk.id) return this.talk.changed();
      this.talk.stirred = Date.now();
      this.talk.refresh();
    }

    /** Keep the panel above a phone's keyboard. */
    fit() {
      if (!visualViewport || visualViewport.scale > 1.01) return;
      this.root.style.setProperty("--height", `${visualViewport.height}px`);
      this.root.style.setProperty("--top", `${visualViewport.offsetTop}px`);
    }

    /** Fetch what the business says about its chat, once, and build the panel. */
    prepare() {
      this.prepared ??= this.build();
      return this.prepared;
    }

    async build() {
      const { root, talk } = this;
      const query = new URLSearchParams({ lang: this.option("lang") || navigator.languages.join(",") });
      if (talk.business) query.set("business", talk.business);
      try {
        Object.assign(this.config, await request(`widget.json?${query}`, { cache: "default" }));
      } catch (error) {
        this.heard("error", { status: /** @type {Trouble} */ (error).status, detail: "widget.json" });
      }
      const { colors, direction, language } = this.config;
      if (colors) this.memory.change({ colors }); // the launcher has them at once, next time
      root.dir = direction;
      root.lang = language;
      this.paint();
      this.panel = new Panel(this.config, talk, this.full, {
        close: () => this.close(),
        paint: () => this.paint(),
      });
      root.append(this.panel.node);
      return this.panel;
    }

    /** The theme and the business's colour. */
    paint() {
      const { root, memory } = this;
      const own = this.option("color");
      const { light, dark } = (!own && (this.config.colors || memory.value.colors)) || COLORS;
      const colors = {
        own: own || "#3347b8",
        light: light.accent,
        dark: dark.accent,
        "on-light": light.on_accent,
        "on-dark": dark.on_accent,
      };
      for (const [name, color] of Object.entries(colors)) root.style.setProperty(`--${name}`, color);
      root.dataset.theme = memory.value.theme;
    }

    // Drawing

    /** Draw soon, once for all that changes now. */
    update() {
      if (this.due) return;
      this.due = true;
      queueMicrotask(() => this.draw());
    }

    draw() {
      this.due = false;
      this.drawUnread();
      this.panel?.draw();
    }

    drawUnread() {
      const { messages } = this.talk;
      const { seen } = this.memory.value;
      const last = messages[messages.length - 1];
      const looking = this.isOpen && !document.hidden;
      // Only what is new to this tab: two tabs at different messages would tell each other for ever.
      if (looking && last && this.seen !== keyOf(last)) {
        this.seen = keyOf(last);
        this.memory.change({ seen: this.seen });
      }
      const from = messages.findIndex((message) => keyOf(message) === seen);
      const n =
        looking || (seen && from < 0)
          ? 0
          : messages.slice(from + 1).filter(({ role }) => role !== "customer").length;
      this.launcher.setAttribute(
        "aria-label",
        wordOf(this.config, "open") + (n ? `, ${wordOf(this.config, "unread", { n })}` : ""),
      );
      this.badge.hidden = !n;
      setText(this.badge, String(n));
      const title = (document.hidden && n ? `(${n}) ` : "") + document.title.replace(/^\(\d+\) /, "");
      if (document.title !== title) document.title = title;
    }
  }

  // On the page. ---------------------------------------------------------------------------------------------

  function begin() {
    const page = /** @type {any} */ (window);
    const mark = Symbol.for("punai");
    if (page[mark]) return; // the same script twice
    let name = "punai-chat";
    for (let number = 2; customElements.get(name); number++) name = `punai-chat-${number}`;
    customElements.define(name, PunaiChat);
    const chat = /** @type {PunaiChat} */ (document.querySelector(name) || document.createElement(name));
    if (!chat.isConnected) document.body.append(chat);
    page[mark] = Object.freeze({
      element: chat,
      open: () => chat.open(),
      close: () => chat.close(),
      send: (/** @type {string} */ text) => chat.send(text),
      identify: (/** @type {Proof} */ proof) => chat.identify(proof),
    });
    page.PunAI ??= page[mark];
  }

  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);
})();
