/**
 * The page of a live cluster, or of a trace.
 *
 * @module
 */
import { render } from "preact";
import { Page } from "./page.tsx";
import { serverTransport } from "./server-transport.ts";
import { TracePage } from "./trace-page.tsx";

const isTrace = location.pathname === "/trace";
render(isTrace ? <TracePage /> : <Page transport={serverTransport()} />, document.getElementById("page")!);
