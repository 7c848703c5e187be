import { expect, it } from "vitest";
import { limited } from "./request_limit";

it("sends two requests at a time, in order, whether or not they fail", async () => {
  const send = limited(2);
  const sent: number[] = [];
  const answers: (() => void)[] = [];
  const results = [0, 1, 2].map((n) =>
    send(() => {
      sent.push(n);
      return new Promise<number>((resolve, reject) =>
        answers.push(() => (n ? resolve(n) : reject(new Error("gone")))),
      );
    }),
  );
  const failed = expect(results[0]).rejects.toThrow("gone");
  await Promise.resolve();
  expect(sent).toEqual([0, 1]);
  answers.forEach((answer) => answer());
  await failed;
  await expect(results[1]).resolves.toBe(1);
  await new Promise((resolve) => setTimeout(resolve));
  expect(sent).toEqual([0, 1, 2]);
});
