/**
 * Chapter 20: everything assembled.
 *
 * @module
 */
export { Broker, type BrokerOptions } from "./broker.ts";
export { type ApiHandler, handler, type HandlerTable, NO_RESPONSE, type RequestContext } from "./handler.ts";
export { HANDLERS } from "./handlers/index.ts";
export { RequestDispatcher } from "./request-dispatcher.ts";
