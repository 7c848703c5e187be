/** Starts each test with an empty page and without stubs. */
import { cleanup } from "@testing-library/preact";
import { afterEach, vi } from "vitest";

// A request after the end of a test is never answered.
globalThis.fetch = () => new Promise(() => undefined);

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
