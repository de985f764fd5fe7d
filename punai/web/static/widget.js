// @ts-check
"use strict";

/** The chat of a business, on its own page or on any other. */
class PunaiChat extends HTMLElement {}

if (!customElements.get("punai-chat")) customElements.define("punai-chat", PunaiChat);
