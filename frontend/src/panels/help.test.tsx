import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { counted, logged, open } from "../testing/page";

describe("help", () => {
  it("opens by its button and closes again", async () => {
    await open(logged("a"));
    fireEvent.click(await screen.findByLabelText(/^Help/));
    await screen.findByText("Keys, marks and search");
    fireEvent.click(screen.getByLabelText("Close"));
    await vi.waitFor(() =>
      expect(screen.queryByText("Keys, marks and search")).toBeNull(),
    );
  });

  it("names what each key does, in the unit of the log", async () => {
    await open(counted());
    fireEvent.click(await screen.findByLabelText(/^Help/));
    await screen.findByText("previous and next batch");
    screen.getByText("weak: the data hardly excites it");
  });
});
