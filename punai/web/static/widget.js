// PunAI's chat; what a reply says becomes text nodes.
"use strict";

(() => {
	/** What a key does not say well enough, before the server does. @type {Partial<Record<Word, string>>} */
	const WORDS = {
		open: "Open chat",
		message: "Your message",
		placeholder: "Write a message…",
		person: "Talk to a person",
		ask_person: "I would like to talk to a person.",
	};

	/** What the business says, once `widget.json` is here. @type {Config} */
	const config = {
		name: "Chat",
		welcome: "",
		suggestions: [],
		logo: "",
		language: navigator.language,
		direction: "ltr",
		voice: false,
		words: {},
	};

	/** @param {Word} key @param {any} [values] */
	function word(key, values = {}) {
		return (config.words[key] || WORDS[key] || key).replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
	}

	const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
	const options = script?.dataset || {};
	const { business } = options;
	const BASE = new URL(".", script?.src || location.href).href;
	const DEBUG = /[?&]debug/.test(location.search);
	const MINUTE = 60_000;
	const DAY = 24 * 60 * MINUTE;

	// Nodes

	/**
	 * Make an element, such as `button.chip`; attributes that are functions listen.
	 * @param {string} name @param {Record<string, any>} [attributes] @param {any[]} children
	 */
	function make(name, attributes = {}, ...children) {
		const [tag, ...classes] = name.split(".");
		const element = document.createElement(tag);
		element.className = classes.join(" ");
		for (const [key, value] of Object.entries(attributes)) {
			if (typeof value === "function") element.addEventListener(key, value);
			else if (value !== undefined) element.setAttribute(key, value);
		}
		element.append(...children.filter(Boolean));
		return element;
	}

	const ICONS = {
		chat: "M8 19.3A8.5 8.5 0 104.7 16l-1.2 4.5z",
		close: "M6 6l12 12M18 6L6 18",
		down: "M6 9l6 6 6-6",
		send: "M12 19V5M5 12l7-7 7 7",
		more: "M5 12h.01M12 12h.01M19 12h.01",
		thumb: "M7 10l4-7c2 0 3 1 2.5 3L13 9h6c1.5 0 2 1 1.5 2.5l-2 7c-.3 1-1 1.5-2 1.5H3V10h4v10",
		mic: "M9 6a3 3 0 016 0v5a3 3 0 01-6 0zM5 11a7 7 0 0014 0M12 18v3",
	};

	/** @param {keyof typeof ICONS} name */
	function icon(name) {
		const [picture, path] = ["svg", "path"].map((tag) =>
			document.createElementNS("http://www.w3.org/2000/svg", tag),
		);
		picture.setAttribute("viewBox", "0 0 24 24");
		picture.setAttribute("aria-hidden", "true");
		path.setAttribute("d", ICONS[name]);
		picture.append(path);
		return picture;
	}

	/** @param {keyof typeof ICONS} name @param {Word} label @param {() => void} click @param {object} [attributes] */
	function iconButton(name, label, click, attributes) {
		const title = word(label);
		return make(`button.icon.${name}`, { title, "aria-label": title, click, ...attributes }, icon(name));
	}

	/**
	 * An address that may be followed: not `javascript:`.
	 * @param {unknown} text @param {RegExp} [schemes]
	 */
	function safeAddress(text, schemes = /^(https?|mailto|tel):$/) {
		try {
			const address = new URL(String(text));
			return schemes.test(address.protocol) && address.href;
		} catch {
			return false;
		}
	}

	/** @param {string} href @param {string} text */
	function link(href, text) {
		return make("a", { href, target: "_blank", rel: "noopener" }, text);
	}

	const ADDRESS = /\b(?:(?:https?:\/\/|mailto:|tel:)[^\s<>"]+|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+)/gi;

	/** A text with its addresses as links. @param {string} text */
	function linked(text) {
		/** @type {any[]} */
		const parts = [];
		let end = 0;
		for (const found of text.matchAll(ADDRESS)) {
			const words = found[0].replace(/[.,;:!?'’”»)\]]+$/, "");
			const address = safeAddress(/^\w+:/.test(words) ? words : `mailto:${words}`);
			if (!address) continue;
			parts.push(text.slice(end, found.index), link(address, words));
			end = found.index + words.length;
		}
		return [...parts, text.slice(end)];
	}

	/** A part of a reply. @param {Block} part */
	function block({ type, title = "", text = "", items = [], url, image }) {
		if (type === "steps")
			return make("ol", { dir: "auto" }, ...items.map((item) => make("li", {}, ...linked(item))));
		const words = make("div.words", { dir: "auto" }, ...linked(text));
		if (type !== "card") return words;
		const [address, src] = [safeAddress(url), safeAddress(image, /^https?:$/)];
		return make(
			"div.card",
			{},
			src && make("img", { src, alt: "", loading: "lazy", referrerpolicy: "no-referrer" }),
			make("strong", { dir: "auto" }, address ? link(address, title) : title),
			words,
		);
	}

	// What this browser keeps for its tabs, or else this page

	const KEY = `punai:${BASE}:${business || ""}`;
	/** @type {Kept} */
	let own = {};
	let keeps = true;

	function kept() {
		try {
			if (keeps) own = JSON.parse(localStorage.getItem(KEY) || "null") || {};
		} catch {
			keeps = false; // a sandboxed frame, or a private window
		}
		return own;
	}

	/** Change some of it, as other tabs have left it. @param {Kept} changes */
	function keep(changes) {
		own = { ...kept(), ...changes };
		try {
			localStorage.setItem(KEY, JSON.stringify(own));
		} catch {
			keeps = false;
		}
	}

	// The line to the server

	/** What went wrong; status 0: no answer came. */
	class Trouble extends Error {
		/** @param {number} status @param {string} detail @param {number} [seconds] */
		constructor(status, detail, seconds = 0) {
			super(detail);
			this.status = status;
			this.seconds = seconds;
			this.passes = [0, 429, 502, 503, 504].includes(status) || (status === 409 && seconds > 0);
		}
	}

	/**
	 * @param {string} path @param {{token?: string, body?: object, seconds?: number}} [how]
	 * @returns {Promise<any>}
	 */
	async function request(path, { token, body, seconds = 15 } = {}) {
		const headers = new Headers(body && { "Content-Type": "application/json" });
		if (token) headers.set("Authorization", `Bearer ${token}`);
		if (options.apiKey) headers.set("X-Api-Key", options.apiKey);
		/** @type {RequestInit} */
		const how = { headers, signal: AbortSignal.timeout(seconds * 1000) };
		if (token) how.cache = "no-cache"; // If-None-Match
		if (body) Object.assign(how, { method: "POST", body: JSON.stringify(body) });
		let response, answer;
		try {
			response = await fetch(BASE + path, how);
			answer = await response.json();
		} catch (error) {
			if (!response || response.ok) throw new Trouble(0, String(error));
		}
		if (response.ok) return answer;
		throw new Trouble(response.status, String(answer?.detail), Number(response.headers.get("Retry-After")));
	}

	// `randomUUID` is missing on plain http.
	const newId = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

	/** @param {Message} message */
	const keyOf = ({ message_id, role }) => `${message_id}/${role}`;

	class Conversation {
		/** What was said, by key. @type {Map<string, Message>} */
		said = new Map();
		/** @type {Status} */
		status = "bot";
		rating = 0;
		more = false;
		/** Unsent messages that this tab sends, with what went wrong. @type {Map<string, Trouble | undefined>} */
		mine = new Map();
		stirred = Date.now();
		attempts = 0;
		sending = "";
		/** @type {Promise<Session> | undefined} */
		opening;
		/** The conversation that `said` is of. @type {string | undefined} */
		read;

		/** @param {(event: string, detail?: object) => void} tell */
		constructor(tell) {
			this.tell = tell;
		}

		get id() {
			return kept().conversation;
		}

		get unsent() {
			return kept().unsent || [];
		}

		/** Everything to show. @returns {Message[]} */
		get messages() {
			const waiting = this.unsent.map(
				({ id, text, at }) => /** @type {Message} */ ({ message_id: id, role: "customer", text, at }),
			);
			return [...this.said.values(), ...waiting.filter((message) => !this.said.has(keyOf(message)))];
		}

		/** Leave it behind: the next message starts another. */
		forget() {
			keep({ conversation: undefined, seen: undefined });
			this.said.clear();
			this.read = undefined;
			this.become("bot");
			this.changed();
		}

		/** @returns {Session | Promise<Session>} */
		session() {
			const { session } = kept();
			const left = session ? Date.parse(session.expires_at) - Date.now() : 0;
			if (session && left > 30 * DAY) return session;
			this.opening ??= this.begin(left > 0 ? session?.token : undefined).finally(() => {
				this.opening = undefined;
			});
			return this.opening;
		}

		/** @param {string} [token] @returns {Promise<Session>} */
		async begin(token) {
			const { proof } = this;
			const before = kept().session;
			const fresh = await request("session", { token, body: { business, ...proof } }).catch((error) => {
				if (token) return before; // a 401 tells, if it is over
				throw error;
			});
			const { session } = kept();
			if (proof?.user_id !== this.proof?.user_id || (before && !session)) return fresh;
			// Another tab was quicker: one visitor, not two.
			if (session && session.token !== before?.token && !this.proof) return session;
			keep({ session: fresh });
			if (before?.user_id !== fresh.user_id) keep({ conversation: undefined });
			return fresh;
		}

		/** Speak as another. @param {Proof} [proof] */
		async identify(proof) {
			this.proof = proof;
			this.opening = undefined;
			if (proof && kept().session?.user_id === proof.user_id) return;
			keep({ session: undefined, unsent: [] });
			this.forget();
			if (!proof) return;
			await this.session();
			await this.refresh(true);
		}

		/**
		 * Ask with the token; where it no longer counts, with a new one.
		 * @param {string} path @param {object} [what] @param {number} [seconds] @param {boolean} [again]
		 * @returns {Promise<any>}
		 */
		async ask(path, what, seconds, again) {
			const { user_id, token } = await this.session();
			const body = what && { business, user_id, conversation_id: this.id, ...what };
			return request(path, { token, body, seconds })
				.then((answer) => {
					if (kept().session?.user_id === user_id) return answer;
					throw new Trouble(0, "Somebody else by now");
				})
				.catch((error) => {
					const { session } = kept();
					if (error.status !== 401 || again) throw error;
					if (session?.token === token) keep({ session: { ...session, expires_at: "" } });
					return this.ask(path, what, seconds, true);
				});
		}

		/** Give feedback, or close. @param {string} path @param {object} what */
		async about(path, what) {
			await this.ask(path, what);
			await this.refresh();
		}

		/** @param {string} words @param {boolean} [human] bring in a person with it */
		send(words, human) {
			const text = words.trim().slice(0, 4000);
			if (!text) return;
			const id = newId();
			keep({ unsent: [...this.unsent, { id, text, human, at: new Date().toISOString() }] });
			this.retry(id);
		}

		/** @param {string} id */
		retry(id) {
			this.mine.set(id, undefined);
			this.sendAll();
		}

		async sendAll() {
			const entry = this.unsent.find(({ id }) => this.mine.has(id) && this.mine.get(id)?.passes !== false);
			if (this.sending || !entry) return this.changed();
			clearTimeout(this.again);
			this.sending = entry.id;
			this.changed();
			/** @type {Trouble | undefined} */
			const trouble = await this.deliver(entry).catch((error) => error);
			this.mine.set(entry.id, trouble);
			this.sending = "";
			if (trouble) this.tell("error", { status: trouble.status, detail: trouble.message });
			this.attempts = trouble ? this.attempts + 1 : 0;
			const pause = trouble?.passes ? trouble.seconds || Math.min(2 ** this.attempts, 60) : 0;
			this.again = setTimeout(() => this.sendAll(), pause * 1000);
			this.changed();
		}

		/** @param {Unsent} entry */
		async deliver({ id, text, at, human }) {
			const answer = await this.ask("chat", { message_id: id, message: text, human }, 40);
			const reply = { ...answer, role: "assistant", text: answer.reply, at: new Date().toISOString() };
			keep({ conversation: answer.conversation_id, unsent: this.unsent.filter((each) => each.id !== id) });
			this.take([{ message_id: id, role: "customer", text, at }]);
			if (answer.reply) this.take([reply]);
			this.read = this.id;
			this.become(answer.status);
		}

		/** How it stands with a message. @param {string} id @returns {Word | undefined} */
		fate(id) {
			const trouble = this.mine.get(id);
			if (!this.unsent.some((each) => each.id === id)) return;
			if (!navigator.onLine) return "offline";
			if (!trouble || this.sending === id) return "sending";
			return trouble.status && trouble.passes ? "busy" : "failed";
		}

		/** @param {Message[]} messages @param {boolean} [quiet] they are no news */
		take(messages, quiet) {
			for (const message of messages) {
				const { message_id, role, text, intent, confidence, answered_by } = message;
				const known = this.said.has(keyOf(message));
				this.said.set(keyOf(message), message);
				if (known || quiet) continue;
				this.stirred = Date.now();
				this.tell("message", { message_id, role, text });
				if (DEBUG && intent) console.info("PunAI", { message_id, intent, confidence, answered_by });
			}
		}

		/** @param {Status} status */
		become(status) {
			if (status === this.status) return;
			this.status = status;
			this.stirred = Date.now();
			this.tell("status", { status });
		}

		/** @param {boolean} [any] of whichever conversation was last */
		async refresh(any) {
			const { id } = this;
			try {
				if (id || any) {
					const { conversation_id, status, rating, more, messages } = await this.page();
					if (id !== this.id) return this.changed();
					if (conversation_id !== this.read) this.said.clear();
					if (!this.said.size) this.more = more;
					this.take(messages, !this.said.size);
					this.rating = rating;
					this.read = conversation_id;
					keep({ conversation: conversation_id });
					this.become(status);
				} else if (this.read) this.forget(); // as another tab has done
			} catch (/** @type {any} */ error) {
				if (id === this.id && /40[34]/.test(error.status)) this.forget();
			}
			if (any) keep({ seen: [...this.said.keys()].pop() });
			this.changed();
		}

		/** @param {string} [before] */
		page(before) {
			const query = new URLSearchParams();
			for (const [name, value] of Object.entries({ conversation_id: this.id, business, before }))
				if (value) query.set(name, value);
			return this.ask(`messages?${query}`);
		}

		async earlier() {
			if (!this.more || this.reading) return;
			this.reading = true;
			try {
				const { messages, more } = await this.page(this.messages[0].message_id);
				this.said = new Map([
					...messages.map((/** @type {Message} */ each) => [keyOf(each), each]),
					...this.said,
				]);
				this.more = more;
			} catch {
				// Scrolling on tries again.
			}
			this.reading = false;
			this.changed();
		}

		/** Milliseconds until the next look; 0 is never. */
		pause() {
			const quiet = Date.now() - this.stirred;
			const held = this.status === "bot";
			if (!this.id || this.status === "closed" || (held && quiet > 10 * MINUTE)) return 0;
			const least = document.hidden ? 20 : held ? 10 : 2;
			return Math.max(least * 1000, Math.min(quiet / 20, MINUTE / 2));
		}

		changed() {
			clearTimeout(this.timer);
			const pause = this.pause();
			if (pause) this.timer = setTimeout(() => this.refresh(), pause);
			this.tell("change");
		}
	}

	// How it looks

	const STYLES = `
		:host { all: initial !important; display: contents !important }
		* { box-sizing: border-box; margin: 0 }
		[hidden] { display: none !important }
		.root {
			--accent: light-dark(var(--light, oklch(from var(--own) min(l, 0.52) c h)), var(--dark, oklch(from var(--own) max(l, 0.75) c h)));
			--on-accent: light-dark(var(--on-light, #fff), var(--on-dark, #000));
			--ground: light-dark(#fff, #16181d);
			--text: light-dark(#181a20, #eef0f4);
			--raised: light-dark(#f2f3f6, #262931);
			--line: color-mix(in srgb, var(--text) 12%, var(--ground));
			--edge: color-mix(in srgb, var(--text) 50%, var(--ground));
			--quiet: color-mix(in srgb, var(--text) 70%, var(--ground));
			--tint: color-mix(in srgb, var(--accent) 10%, var(--ground));
			color: var(--text); font: 0.9375em/1.5 system-ui, sans-serif;
		}
		button, textarea { font: inherit; color: inherit; background: none; border: 1px solid transparent; padding: 0 }
		button { min-height: 44px; cursor: pointer }
		textarea { font-size: 16px; line-height: 24px; padding: 9px 12px; resize: none }
		a { color: inherit }
		strong, h1, h2 { font-weight: 650; line-height: 1.3 }
		svg { width: 22px; flex: none; display: block; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round }
		.more svg { stroke-width: 3.5 }
		img { width: 100%; height: 100%; object-fit: cover }
		:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
		.unseen { position: absolute; clip-path: inset(50%) }
		.state, .source, .day, .name, .meta, .person { font-size: 0.85em; color: var(--quiet) }
		.icon, .face, .launcher, label { display: grid; place-items: center; border-radius: 50%; flex: none; position: relative }
		.icon { width: 44px; color: var(--quiet) }
		.icon:hover { background: var(--raised); color: var(--text) }
		.face, .launcher, .solid, .send:enabled, .customer .bubble { background: var(--accent); color: var(--on-accent) }
		.face { width: 40px; height: 40px; overflow: hidden; font-weight: 650 }

		.launcher, .panel, .menu { position: fixed; z-index: 2147483647; inset-block-end: calc(20px + env(safe-area-inset-bottom));
			right: 20px; box-shadow: 0 8px 40px rgb(0 0 0 / 0.2), 0 1px 6px rgb(0 0 0 / 0.1) }
		.panel, .menu { outline: 1px solid var(--line) }
		.left > * { left: 20px; right: auto }
		.launcher { width: 60px; height: 60px }
		.launcher:hover { transform: scale(1.05) }
		.launcher svg { width: 28px }
		.badge { position: absolute; top: -4px; inset-inline-end: -4px; min-width: 22px; border-radius: 11px; background: #c5221f; color: #fff }

		.panel { width: 400px; height: min(680px, 100dvh - 40px); display: flex; flex-direction: column; overflow: clip;
			background: var(--ground); border-radius: 20px; animation: arrive 0.2s }
		.top { display: flex; align-items: center; gap: 12px; padding-block: 12px; padding-inline: 16px 8px;
			border-block-end: 1px solid var(--line); position: relative }
		.who { flex: 1; min-width: 0 }
		h1, h2 { font-size: 1.067em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
		.state::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-inline-end: 6px; background: #2e9e5b }
		.waiting .state::before { background: #d98a00 }
		.closed .state::before { background: var(--edge) }

		.log { flex: 1; overflow-y: auto; overflow-anchor: none; overscroll-behavior: contain; padding: 16px; outline-offset: -3px; display: flex; flex-direction: column }
		.log > :first-child { margin-block-start: auto }
		.day { align-self: center }
		.day::first-letter { text-transform: capitalize }
		.intro { margin-block: auto; display: grid; justify-items: center; gap: 8px; text-align: center }
		.intro .face { width: 72px; height: 72px; font-size: 2em; margin-block-end: 8px }
		.intro strong { font-size: 1.4em }
		.intro p { color: var(--quiet) }

		.row, .bubble, .sources, .remark { display: grid; grid-template-columns: minmax(0, 1fr); justify-items: start }
		.row { margin-block-start: 3px}
		.row:nth-last-child(-n + 3) { animation: arrive 0.2s }
		.row.first, .chips { margin-block-start: 14px }
		.customer, .customer .meta { justify-items: end; justify-content: end }
		.name { margin: 0 4px 3px }
		.row:not(.first) .name, .row:not(.last, .assistant) .meta { display: none }
		.bubble, .sources { max-width: 86%; overflow-wrap: anywhere }
		.bubble { gap: 8px; padding: 8px 14px; border-radius: 18px; border-end-start-radius: 6px; background: var(--raised); border: 1px solid transparent }
		.agent .bubble, .chip:hover, .bar { background: var(--tint) }
		.customer .bubble { border-radius: 18px; border-end-end-radius: 6px }
		.bubble :focus-visible { outline-color: currentColor }
		.words, blockquote { white-space: pre-wrap }
		ol { padding-inline-start: 1.5em }
		.card { background: var(--ground); border-radius: 12px; padding: 10px 12px; display: grid; gap: 4px; width: 100% }
		.card img { height: 160px; border-radius: 6px }
		.source, .chips, .meta, .field, .stars { display: flex; align-items: center }
		.source { gap: 6px; padding-inline: 8px; text-align: start }
		.source svg, .meta svg { width: 17px }
		[aria-expanded=true] > svg, .thumb + .thumb svg { transform: rotate(180deg) }
		blockquote { margin: 0 8px 8px; padding-inline: 12px; border-inline-start: 3px solid var(--accent) }
		.meta { margin-inline: 4px; min-height: 24px; flex-wrap: wrap; column-gap: 6px }
		.fate:empty { display: none }
		.meta .icon { margin: -8px -4px; background: none }
		.icon[aria-pressed=true] { color: var(--accent) }
		.icon[aria-pressed=true] svg { fill: currentColor }
		.plain { padding-inline: 8px; font-weight: 650 }
		.typing .bubble { display: flex; gap: 5px; padding: 15px 16px }
		i { width: 7px; height: 7px; border-radius: 50%; background: var(--quiet); animation: breathe 1.2s infinite }
		i + i { animation-delay: 0.15s }
		i + i + i { animation-delay: 0.3s }
		.chips { flex-wrap: wrap; gap: 8px }
		.intro .chips { justify-content: center }
		.chip, .solid { padding: 8px 16px; border-radius: 22px; text-align: start; line-height: 1.35 }
		.chip { border-color: var(--line); background: var(--ground) }
		.chip:hover { border-color: var(--accent) }

		.bar { padding: 12px 16px }
		.stars { margin-inline-start: -8px; color: var(--edge) }
		label { width: 44px; height: 44px; font-size: 28px }
		input { position: absolute; inset: 0; opacity: 0 }
		label::before { content: "☆" / "" }
		label:has(:checked)::before, label:has(~ label :checked)::before { content: "★" / ""; color: var(--accent) }
		label:has(:focus-visible) { outline: 2px solid }
		.stars:not(:has(:checked)) + .remark { display: none }
		.remark { gap: 8px; width: 100%; margin-block: 4px 12px }
		.remark textarea { width: 100%; border-color: var(--edge); border-radius: 12px; background: var(--ground) }
		.field { align-items: end; margin: 10px 12px; border: 1px solid var(--edge); border-radius: 26px; padding: 3px }
		.field:focus-within { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent) }
		.field textarea { flex: 1; height: 44px; max-height: 164px; outline: 0; border: 0; padding-block: 10px }
		::placeholder { color: var(--quiet); opacity: 1 }
		.send:disabled { background: var(--raised) }
		.person { display: block; margin: -8px auto env(safe-area-inset-bottom); padding-inline: 12px }
		.menu { position: absolute; inset-block: 100% auto; inset-inline: auto 8px; min-width: 200px; padding: 6px; display: grid;
			border-radius: 14px; background: var(--ground) }
		.menu button { text-align: start; border-radius: 9px }
		.menu :is(:hover, :focus-visible) { background: var(--raised) }
		.menu ::before { content: ""; display: inline-block; width: 32px; text-align: center }
		[aria-checked=true]::before { content: "✓" }

		@keyframes breathe { 50% { opacity: 0.3 } }
		@keyframes arrive { from { opacity: 0; transform: translateY(8px) } }
		.full :is(.top, .log, .bar) { padding-inline: max(16px, 50% - 360px) }
		.full .field { margin-inline: max(12px, 50% - 364px) }
		.full .panel { inset: var(--top, 0) 0 auto; width: 100%; height: var(--height, 100dvh); border-radius: 0; animation: none }
		@media (max-width: 480px) {
			.root .panel { inset: var(--top, 0) 0 auto; width: 100%; height: var(--height, 100dvh); border-radius: 0 }
			.top { padding-block-start: calc(12px + env(safe-area-inset-top)) }
		}
		@media (prefers-reduced-motion: reduce) { * { animation: none !important } }
	`;

	const { SpeechRecognition, webkitSpeechRecognition, speechSynthesis } = /** @type {any} */ (window);
	const Recognition = SpeechRecognition || webkitSpeechRecognition;

	/** The logo, or an initial where none can be had. */
	function face() {
		const src = safeAddress(config.logo, /^(https?|data):$/);
		const initial = make("span.face", { "aria-hidden": true }, config.name.trim().slice(0, 1).toUpperCase());
		const image = src && make("img", { src, alt: "", load: () => image && initial.replaceChildren(image) });
		return initial;
	}

	/** @param {string} at */
	function dayOf(at) {
		const { language } = config;
		const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / DAY);
		if (days > 1)
			return new Date(at).toLocaleDateString(language, { weekday: "long", day: "numeric", month: "long" });
		return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-days, "day");
	}

	/** @param {Message} [one] @param {Message} [next] */
	function together(one, next) {
		return (
			one &&
			one.role === next?.role &&
			one.agent === next.agent &&
			Date.parse(next.at) - Date.parse(one.at) < 5 * MINUTE
		);
	}

	/** @param {Element} element @param {string} text */
	function setText(element, text) {
		if (element.textContent !== text) element.textContent = text; // a live region would say it again
	}

	class Panel {
		/** What the log shows, by key. @type {Map<string, HTMLElement>} */
		shown = new Map();
		following = true;
		drawn = "";
		busy = "";
		state = make("div.state", { role: "status" });
		bar = make("div.bar");
		notice = make("div.unseen", { role: "status" });
		log = make("div.log", {
			role: "log",
			tabindex: 0,
			"aria-label": word("conversation"),
			scroll: () => this.scrolled(),
		});
		box = /** @type {HTMLTextAreaElement} */ (
			make("textarea", {
				maxlength: 4000,
				dir: "auto",
				enterkeyhint: "send",
				"aria-label": word("message"),
				placeholder: word("placeholder"),
				input: () => this.typed(),
				keydown: (/** @type {KeyboardEvent} */ event) => this.typedKey(event),
			})
		);
		go = iconButton("send", "send", () => this.submit(), { disabled: "" });
		mic = iconButton("mic", "speak", () => this.listen(), { "aria-pressed": false });
		field = make("div.field", {}, this.box, this.mic, this.go);
		person = make("button.person", { click: () => this.say(word("ask_person"), true) }, word("person"));
		options = iconButton("more", "options", () => this.toggleMenu(), {
			"aria-haspopup": "menu",
			"aria-expanded": false,
		});
		menu = make("div.menu", {
			role: "menu",
			"aria-label": word("options"),
			hidden: "",
			focusout: (/** @type {any} */ { relatedTarget }) => {
				this.menu.hidden ||= relatedTarget !== this.options && !this.menu.contains(relatedTarget);
				this.options.ariaExpanded = String(!this.menu.hidden);
			},
		});

		/** @param {Conversation} talk @param {PunaiChat} chat */
		constructor(talk, chat) {
			this.talk = talk;
			this.chat = chat;
			const { name } = config;
			this.node = make(
				chat.full ? "main" : "section",
				{
					"aria-label": name,
					hidden: "",
					keydown: (/** @type {KeyboardEvent} */ event) => this.pressed(event),
				},
				make(
					"div.top",
					{},
					face(),
					make("div.who", {}, make(chat.full ? "h1" : "h2", {}, name), this.state),
					this.options,
					!chat.full && iconButton("close", "close", () => chat.close()),
					this.menu,
				),
				this.log,
				make("div.below", {}, this.bar, this.field, this.person),
				this.notice,
			);
			if (!chat.full) this.node.role = "dialog";
			new ResizeObserver(() => this.following && this.toEnd()).observe(this.log);
		}

		typed() {
			this.box.style.height = "0";
			this.box.style.height = `${this.box.scrollHeight}px`;
			this.go.toggleAttribute("disabled", !this.box.value.trim());
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
			const before = this.box.value;
			this.ears = ears;
			ears.lang = config.language;
			ears.interimResults = true;
			ears.onresult = (/** @type {any} */ { results }) => {
				this.box.value = `${before} ${Array.from(results, ([best]) => best.transcript).join("")}`.trim();
				this.typed();
			};
			ears.onend = () => {
				this.ears = undefined;
				this.mic.ariaPressed = "false";
				this.box.focus();
			};
			ears.start();
			this.mic.ariaPressed = "true";
			setText(this.notice, word("listening"));
		}

		toggleMenu(show = this.menu.hidden) {
			this.menu.hidden = !show;
			this.options.ariaExpanded = String(show);
			this.menu.replaceChildren(...this.choices());
			(show ? this.menu.querySelector("button") : this.options)?.focus();
		}

		choices() {
			const { theme = "system", voice = config.voice } = kept();
			/** @param {string} role @param {Word} name @param {() => void} act @param {boolean} [checked] */
			const choice = (role, name, act, checked) => {
				const click = () => {
					this.toggleMenu(false);
					act();
					this.chat.paint();
					this.draw();
				};
				return make("button", { role, "aria-checked": checked, click }, word(name));
			};
			const choices = /** @type {const} */ (["light", "dark", "system"]).map((each) =>
				choice(
					"menuitemradio",
					each,
					() => keep({ theme: each === "system" ? undefined : each }),
					each === theme,
				),
			);
			if (speechSynthesis)
				choices.push(choice("menuitemcheckbox", "voice", () => keep({ voice: !voice }), voice));
			if (this.talk.id && this.talk.status !== "closed")
				choices.push(choice("menuitem", "end", () => this.end()));
			return choices;
		}

		/** @param {KeyboardEvent} event */
		pressed(event) {
			const { key, isComposing } = event;
			if (isComposing) return;
			if (this.menu.hidden) return key === "Escape" && this.chat.close();
			if (key === "Escape") return this.toggleMenu(false);
			const step = /** @type {const} */ ({ ArrowDown: "nextSibling", ArrowUp: "previousSibling" })[key];
			const next = step && this.menu.querySelector(":focus")?.[step];
			if (next instanceof HTMLElement) next.focus();
		}

		async end() {
			await this.attempt(this.talk.about("close", {}));
			this.draw();
			this.bar.querySelector("input")?.focus();
		}

		/** Whether it worked; else it is said. @param {Promise<void>} action */
		async attempt(action) {
			try {
				await action;
				return true;
			} catch (/** @type {any} */ error) {
				this.talk.tell("error", { status: error.status, detail: String(error) });
				setText(this.notice, word("problem"));
				return false;
			}
		}

		draw() {
			const { status, sending, id, said } = this.talk;
			const name = [...said.values()].reduce((last, { agent }) => agent || last, "");
			setText(this.state, word(status === "human" && !name ? "human_unnamed" : status, { name }));
			this.node.className = `panel ${status}`;
			const closed = status === "closed";
			if (closed && this.field.matches(":focus-within")) this.log.focus();
			this.field.hidden = closed;
			this.person.hidden = status !== "bot";
			this.mic.hidden = !(kept().voice ?? config.voice) || !Recognition;
			if (this.drawn !== status + id) this.drawBar();
			this.drawn = status + id;
			this.drawLog();
			const fate = sending ? status === "bot" && "typing" : this.talk.fate(this.busy);
			if (this.busy !== sending) setText(this.notice, fate ? word(fate, config) : "");
			this.busy = sending;
		}

		drawBar() {
			const { bar, talk } = this;
			const again = () => {
				talk.forget();
				this.draw();
				this.box.focus();
			};
			bar.hidden = !/waiting|closed/.test(talk.status);
			bar.replaceChildren(word("waiting_next", config));
			if (talk.status === "closed")
				bar.replaceChildren(...this.stars(), make("button.chip", { click: again }, word("again")));
		}

		stars() {
			const { talk } = this;
			const label = word("rate");
			const stars = [1, 2, 3, 4, 5].map((n) => {
				const change = () => this.attempt(talk.about("feedback", { rating: n }));
				const star = make("input", {
					type: "radio",
					name: "rating",
					"aria-label": word("stars", { n }),
					change,
				});
				star.toggleAttribute("checked", n === talk.rating);
				return make("label", {}, star);
			});
			return [
				make("strong", {}, label),
				make("div.stars", { role: "radiogroup", "aria-label": label }, ...stars),
				this.remark((comment) => talk.about("feedback", { rating: talk.rating, comment })),
			];
		}

		/** @param {(comment: string) => Promise<void>} send */
		remark(send) {
			const box = /** @type {HTMLTextAreaElement} */ (
				make("textarea", {
					"aria-label": word("comment"),
					placeholder: word("comment_hint"),
					maxlength: 1000,
					dir: "auto",
				})
			);
			const click = async () => {
				if (await this.attempt(send(box.value.trim()))) node.replaceChildren(word("thanks"));
			};
			const node = make(
				"div.remark",
				{ role: "status" },
				box,
				make("button.solid", { click }, word("submit")),
			);
			return node;
		}

		drawLog() {
			const { log, shown } = this;
			const rows = this.rows();
			const keys = new Set(rows.map(({ key }) => key));
			const top = /** @type {HTMLElement | null} */ (log.querySelector(".row"));
			const was = top?.offsetTop || 0;
			for (const [key, node] of shown) {
				if (keys.has(key)) continue;
				node.remove();
				shown.delete(key);
			}
			rows.forEach(({ key, build, touch }, at) => {
				const node = shown.get(key) || build();
				shown.set(key, node);
				touch?.(node);
				if (log.children[at] !== node) log.insertBefore(node, log.children[at]);
			});
			if (this.following) this.toEnd();
			else if (top) log.scrollTop += top.offsetTop - was; // older ones came above
		}

		rows() {
			const { messages, sending, status } = this.talk;
			const last = messages[messages.length - 1];
			/** @type {Row[]} */
			const rows = [];
			if (!last) rows.push({ key: "intro", build: () => this.intro() });
			let today = "";
			messages.forEach((message, at) => {
				const { text, blocks = [], citations = [] } = message;
				const day = new Date(message.at).toDateString();
				if (day !== today) rows.push({ key: day, build: () => make("div.day", {}, dayOf(message.at)) });
				today = day;
				rows.push({
					key: JSON.stringify([keyOf(message), text, blocks, citations]),
					build: () => this.row(message),
					touch: (node) => this.touch(node, message, messages[at - 1], messages[at + 1]),
				});
			});
			if (sending && status === "bot") rows.push({ key: "typing", build: typing });
			if (last?.suggestions?.length && status !== "closed")
				rows.push({ key: `chips ${keyOf(last)}`, build: () => this.chips(last.suggestions) });
			return rows;
		}

		intro() {
			const { name, welcome, suggestions } = config;
			return make(
				"div.intro",
				{},
				face(),
				make("strong", {}, name),
				make("p", { dir: "auto" }, welcome),
				this.chips(suggestions),
			);
		}

		/** @param {string[]} [suggestions] */
		chips(suggestions = []) {
			return make(
				"div.chips",
				{},
				...suggestions.map((text) => make("button.chip", { click: () => this.say(text) }, text)),
			);
		}

		/** @param {Message} message */
		row({ role, text, at, agent, blocks, citations = [], message_id }) {
			const author = role === "customer" ? word("you") : agent || config.name;
			const time = new Date(at).toLocaleTimeString(config.language, { timeStyle: "short" });
			const parts = blocks?.length ? blocks : [{ type: "text", text }];
			const thumbs =
				role === "assistant" ? [this.thumb("up", message_id), this.thumb("down", message_id)] : [];
			return make(
				"div",
				{},
				role !== "customer" && make("div.name", { "aria-hidden": true }, author),
				make("div.bubble", {}, make("span.unseen", {}, `${author}: `), ...parts.map(block)),
				make("div.sources", {}, ...citations.map(source)),
				make(
					"div.meta",
					{ "aria-live": "off" },
					make("time", { datetime: at }, time),
					make("span.fate"),
					...thumbs,
				),
			);
		}

		/** @param {"up" | "down"} vote @param {string} message_id */
		thumb(vote, message_id) {
			const { talk } = this;
			const button = iconButton("thumb", vote === "up" ? "helpful" : "not_helpful", async () => {
				const row = button.closest(".row");
				const value = button.ariaPressed === "true" ? "none" : vote;
				row?.querySelector(".remark")?.remove();
				if (!(await this.attempt(talk.about("feedback", { message_id, value }))) || value !== "down") return;
				const remark = this.remark((comment) => talk.about("feedback", { message_id, value, comment }));
				row?.append(remark);
				remark.scrollIntoView({ block: "nearest" });
			});
			return button;
		}

		/** @param {HTMLElement} node @param {Message} message @param {Message} [before] @param {Message} [after] */
		touch(node, message, before, after) {
			const { message_id, role } = message;
			const fate = role === "customer" && (this.talk.fate(message_id) || (!after && "sent"));
			const last = fate || !together(message, after) ? "last" : "";
			node.className = `row ${role} ${together(before, message) ? "" : "first"} ${last}`;
			node.querySelectorAll(".thumb").forEach((button, at) => {
				button.ariaPressed = String(message.feedback === ["up", "down"][at]);
			});
			const text = fate ? word(fate) : "";
			const shown = node.querySelector(".fate");
			if (shown?.firstChild?.nodeValue === text) return;
			shown?.replaceChildren(text);
			if (!fate || /sen[dt]/.test(fate)) return;
			shown?.append(make("button.plain", { click: () => this.talk.retry(message_id) }, word("retry")));
		}

		scrolled() {
			const { scrollHeight, scrollTop, clientHeight } = this.log;
			this.following = scrollHeight - scrollTop - clientHeight < 60;
			this.log.ariaLive = this.following ? "polite" : "off"; // older ones are no news
			if (scrollTop < 200) this.talk.earlier();
		}

		follow() {
			this.toEnd();
			this.following = true;
			this.box.focus({ preventScroll: true });
		}

		/** To the end, or to the start of what is too long. */
		toEnd() {
			const { log } = this;
			log.scrollTop = log.scrollHeight;
			const last = [...log.querySelectorAll(".row")].pop();
			if (last && last.clientHeight > log.clientHeight) last.scrollIntoView();
		}
	}

	/** @param {Citation} citation */
	function source({ title, source, quote }) {
		const address = safeAddress(source, /^https?:$/);
		const words = make(
			"blockquote",
			{ hidden: "", dir: "auto" },
			quote,
			address && "\n",
			address && link(address, source),
		);
		const click = () => {
			words.hidden = !words.hidden;
			words.scrollIntoView({ block: "nearest" });
			button.ariaExpanded = String(!words.hidden);
		};
		const button = make(
			"button.source",
			{ "aria-expanded": false, click },
			icon("down"),
			word("source", { title }),
		);
		return make("div", {}, button, words);
	}

	function typing() {
		return make(
			"div.row.first.typing",
			{ "aria-hidden": true },
			make("div.bubble", {}, make("i"), make("i"), make("i")),
		);
	}

	class PunaiChat extends HTMLElement {
		root = make("div.root");
		badge = make("span.badge", { "aria-hidden": true });
		launcher = make("button.launcher", { click: () => this.open() }, icon("chat"), this.badge);
		talk = new Conversation((event, detail) => this.heard(event, detail));
		/** @type {Promise<Panel> | undefined} */
		prepared;
		/** @type {string | undefined} */
		seen;

		constructor() {
			super();
			const sheet = new CSSStyleSheet();
			sheet.replaceSync(STYLES);
			const shadow = this.attachShadow({ mode: "open" });
			shadow.adoptedStyleSheets = [sheet];
			shadow.append(this.root);
			for (const event of ["storage", "online", "offline", "visibilitychange"]) addEventListener(event, this);
			for (const event of ["resize", "scroll"]) visualViewport?.addEventListener(event, () => this.fit());
		}

		get full() {
			return this.hasAttribute("full");
		}

		get isOpen() {
			return this.panel?.node.hidden === false;
		}

		connectedCallback() {
			this.root.className = `root ${this.full ? "full" : options.position || ""}`;
			if (!this.full) this.root.append(this.launcher);
			this.paint();
			this.draw();
			this.start();
		}

		disconnectedCallback() {
			clearTimeout(this.talk.timer);
		}

		async start() {
			const { talk } = this;
			if (talk.id || talk.unsent.length) await this.prepare();
			if (this.full || options.open !== undefined) await this.open();
			for (const { id } of talk.unsent) talk.mine.set(id, undefined);
			await talk.refresh();
			talk.sendAll();
		}

		async open() {
			const panel = await this.prepare();
			if (this.isOpen) return;
			panel.node.hidden = false;
			this.launcher.hidden = true;
			this.fit();
			this.draw();
			if (matchMedia("(pointer: coarse)").matches) panel.log.focus();
			else panel.follow(); // but no phone's keyboard over the welcome
			this.heard("open");
		}

		close() {
			if (!this.panel || !this.isOpen || this.full) return;
			this.panel.node.hidden = true;
			this.launcher.hidden = false;
			this.launcher.focus({ preventScroll: true });
			speechSynthesis?.cancel();
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

		/** @param {string} event @param {any} [detail] */
		heard(event, detail = {}) {
			if (event === "change") return this.draw();
			if (event === "message" && detail.role !== "customer" && this.isOpen && kept().voice) {
				const words = new SpeechSynthesisUtterance(detail.text);
				words.lang = config.language;
				speechSynthesis.speak(words);
			}
			this.dispatchEvent(new CustomEvent(`punai:${event}`, { detail, bubbles: true, composed: true }));
		}

		/** There may be news. @param {Event} event */
		handleEvent(event) {
			if (!this.isConnected || (event instanceof StorageEvent && event.key !== KEY)) return;
			this.talk.stirred = Date.now();
			this.talk.sendAll();
			this.talk.refresh();
			this.paint();
		}

		/** @param {string} name @param {string} value */
		set(name, value) {
			this.root.style.setProperty(`--${name}`, value);
		}

		/** Keep the panel above a phone's keyboard. */
		fit() {
			if (!visualViewport || visualViewport.scale > 1.01) return;
			this.set("height", `${visualViewport.height}px`);
			this.set("top", `${visualViewport.offsetTop}px`);
		}

		prepare() {
			this.prepared ??= this.build();
			return this.prepared;
		}

		async build() {
			const query = new URLSearchParams({ lang: options.lang || navigator.languages.join(",") });
			if (business) query.set("business", business);
			try {
				const { colors, ...rest } = await request(`widget.json?${query}`);
				Object.assign(config, rest);
				keep({ colors }); // the launcher has them at once, next time
			} catch (/** @type {any} */ error) {
				this.heard("error", { status: error.status, detail: "widget.json" });
				setTimeout(() => {
					this.prepared = this.build();
				}, MINUTE / 4);
				if (this.panel) return this.panel; // in English until then
			}
			this.root.dir = config.direction;
			this.root.lang = config.language;
			this.paint();
			const old = this.panel;
			this.panel = new Panel(this.talk, this);
			const { node, box } = this.panel;
			this.root.append(node);
			if (old) {
				node.hidden = old.node.hidden;
				box.value = old.box.value;
				if (old.node.matches(":focus-within")) box.focus();
				old.node.remove();
			}
			this.draw();
			return this.panel;
		}

		paint() {
			const { theme = "light dark", colors } = kept();
			this.set("own", options.color || "#334");
			for (const [name, { accent, on_accent }] of Object.entries((!options.color && colors) || {})) {
				this.set(name, accent);
				this.set(`on-${name}`, on_accent);
			}
			this.root.style.colorScheme = theme;
		}

		draw() {
			this.drawUnread();
			this.panel?.draw();
		}

		drawUnread() {
			const keys = [...this.talk.said.keys()];
			const { seen } = kept();
			const last = keys[keys.length - 1];
			const looking = this.isOpen && !document.hidden;
			// Once each: two tabs at different messages would go on for ever.
			if (looking && this.seen !== last) keep({ seen: last });
			if (looking) this.seen = last;
			const fresh = looking || (seen && !keys.includes(seen)) ? [] : keys.slice(keys.indexOf(seen || "") + 1);
			const n = fresh.filter((key) => !key.endsWith("/customer")).length;
			this.launcher.ariaLabel = n ? `${word("open")}, ${word("unread", { n })}` : word("open");
			this.badge.hidden = !n;
			setText(this.badge, String(n));
		}
	}

	function begin() {
		const page = /** @type {any} */ (window);
		const mark = Symbol.for("punai");
		if (page[mark]) return; // the same script twice
		let name = "punai-chat";
		while (customElements.get(name)) name += "-2";
		customElements.define(name, PunaiChat);
		const chat = /** @type {PunaiChat} */ (document.querySelector(name) || document.createElement(name));
		if (!chat.isConnected) document.body.append(chat);
		page[mark] = chat;
		page.PunAI ??= chat; // open, close, send, identify
	}

	if (document.body) begin();
	else addEventListener("DOMContentLoaded", begin);
})();
