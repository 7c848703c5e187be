/** What is said where there is nothing to see, or something is wrong. */
import { failure } from "../api/client";
import { refresh } from "../data/runs";
import { lost } from "../selection/missing";
import { state, update } from "../state/state";

export function Loading() {
  return (
    <div class="message" aria-busy="true" role="status">
      Reading the logs …
    </div>
  );
}

export function Unreadable({ message }: { message: string }) {
  return (
    <div class="message" role="alert" data-testid="message">
      <h2>The logs could not be read</h2>
      <p>{message}</p>
      <button type="button" onClick={() => void refresh()}>
        Try again
      </button>
    </div>
  );
}

/** TensorBoard may stop, or be out of reach, while the tab is open. */
export function Failure() {
  if (failure.value === null) return null;
  return (
    <div class="banner" role="alert" data-testid="failure">
      TensorBoard does not answer ({failure.value}). What is shown was read
      before; what is missing appears as soon as it answers again.
      <button type="button" onClick={() => void refresh()}>
        Try again
      </button>
    </div>
  );
}

/** A link may name what is not, or no longer, in the logs. */
export function Gone() {
  const found = lost();
  if (!found) return null;
  return (
    <div class="banner" role="status" data-testid="message">
      {found.message}
      <button type="button" onClick={() => update(found.fix)}>
        Show what is there
      </button>
    </div>
  );
}

const EXAMPLE = `model.fit(
    x_train, y_train, epochs=10,
    callbacks=[
        tb_actmax.ActivationMaximization("logs/first", probe=x_train[:512]),
    ],
)`;

export function Empty() {
  return (
    <div class="message" data-testid="message">
      <h2>No images of filters here yet</h2>
      <p>Add one callback to a training whose logs this TensorBoard shows:</p>
      <pre>{EXAMPLE}</pre>
      <p>They appear here as soon as the first ones are written.</p>
    </div>
  );
}

/** What was searched for, and what can be. */
export function NoMatch({ tag }: { tag: string }) {
  return (
    <div class="note" data-testid="message" role="status">
      <p>
        No filter of {tag} matches “{state.value.search}”.
      </p>
      <p>
        Filters are found by number (3, 10-20), by mark (dead, weak, unsettled,
        pinned) and by measure (lift &lt; 0.5 and share &gt; 0.1).
      </p>
    </div>
  );
}
