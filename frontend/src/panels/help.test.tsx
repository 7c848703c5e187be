import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { counted, logged, open } from "../testing/page";

describe("help", () => {
  it("opens and closes", async () => {
    await open(logged("a"));
    fireEvent.click(await screen.findByLabelText(/^Help/));
    await screen.findByText("Keys, marks and search");
    fireEvent.click(screen.getByLabelText("Close"));
    await vi.waitFor(() =>
      expect(screen.queryByText("Keys, marks and search")).toBeNull(),
    );
  });

  it("describes the keys in the unit of the log", async () => {
    await open(counted());
    fireEvent.click(await screen.findByLabelText(/^Help/));
    await screen.findByText("previous and next batch");
    screen.getByText("weak: the data hardly excites it");
  });
});
