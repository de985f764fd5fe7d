/** What widget.js gets from the server, and what it keeps in the browser. Only the type checker reads this. */

/** A key of punai/phrases. */
type Word =
  | "chat"
  | "open"
  | "close"
  | "unread"
  | "conversation"
  | "message"
  | "placeholder"
  | "send"
  | "sending"
  | "sent"
  | "failed"
  | "offline"
  | "busy"
  | "problem"
  | "retry"
  | "you"
  | "bot"
  | "typing"
  | "source"
  | "person"
  | "ask_person"
  | "waiting"
  | "waiting_next"
  | "human"
  | "human_unnamed"
  | "closed"
  | "again"
  | "end"
  | "helpful"
  | "not_helpful"
  | "comment"
  | "comment_hint"
  | "submit"
  | "thanks"
  | "rate"
  | "stars"
  | "options"
  | "light"
  | "dark"
  | "system"
  | "voice"
  | "speak"
  | "listening";

type Status = "bot" | "waiting" | "human" | "closed";

/** A part of a reply. */
interface Block {
  type: string;
  text?: string;
  items?: string[];
  title?: string;
  url?: string;
  image?: string;
}

interface Citation {
  title: string;
  source: string;
  quote: string;
}

interface Message {
  message_id: string;
  role: "customer" | "assistant" | "agent";
  text: string;
  at: string;
  agent?: string | null;
  blocks?: Block[];
  citations?: Citation[];
  suggestions?: string[];
  intent?: string | null;
  confidence?: number | null;
  answered_by?: string | null;
  feedback?: "up" | "down" | null;
}

/** One page of a conversation: `GET /messages`. */
interface Page {
  conversation_id: string;
  status: Status;
  rating: number | null;
  more: boolean;
  messages: Message[];
}

/** Who speaks: `POST /session`. */
interface Session {
  user_id: string;
  token: string;
  expires_at: string;
}

/** Whom a site vouches for. */
interface Proof {
  user_id: string;
  signature: string;
}

interface Accent {
  accent: string;
  on_accent: string;
}

interface Colors {
  light: Accent;
  dark: Accent;
}

/** What a business says about its chat: `GET /widget.json`. */
interface Config {
  name: string;
  welcome: string;
  suggestions: string[];
  logo: string | null;
  language: string;
  direction: string;
  voice: boolean;
  words: Record<string, string>;
}

/** A message that the server has not answered yet. */
interface Unsent {
  id: string;
  text: string;
  at: string;
  human?: boolean;
}

/** What the browser keeps, for all tabs. */
interface Kept {
  session?: Session;
  conversation?: string;
  unsent?: Unsent[];
  theme?: string;
  voice?: boolean;
  /** The key of the last message that was looked at. */
  seen?: string;
  colors?: Colors;
}

/** A line of the log: built once for its key, touched up whenever something changes. */
interface Row {
  key: string;
  build: () => HTMLElement;
  touch?: (node: HTMLElement) => void;
}
