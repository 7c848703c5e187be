/** Each test begins with an empty page and without what others stubbed. */
import { cleanup } from "@testing-library/preact";
import { afterEach, vi } from "vitest";

// What is asked for after a test has ended finds no server.
globalThis.fetch = () => new Promise(() => undefined);

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
