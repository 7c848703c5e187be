/** Messages for when something is empty, missing or failing. */
import { failure } from "../api/client";
import { refresh } from "../data/runs";
import { missing } from "../selection/missing";
import { isMark } from "../selection/search";
import { state, update } from "../state/state";

export function Loading() {
  return (
    <div class="message" aria-busy="true" role="status">
      Loading the logs …
    </div>
  );
}

export function Unreadable({ message }: { message: string }) {
  return (
    <div class="message" role="alert" data-testid="message">
      <h2>The logs cannot be loaded</h2>
      <p>{message}</p>
      <button type="button" onClick={() => void refresh()}>
        Try again
      </button>
    </div>
  );
}

/** Shown when TensorBoard stops or is unreachable while the tab is open. */
export function Failure() {
  if (failure.value === null) return null;
  return (
    <div class="banner" role="alert" data-testid="failure">
      TensorBoard does not respond ({failure.value}). The images on screen were
      loaded before; the others appear once it responds again.
      <button type="button" onClick={() => void refresh()}>
        Try again
      </button>
    </div>
  );
}

/** Shown when a link names something that is not in the logs. */
export function MissingTarget() {
  const found = missing();
  if (!found) return null;
  return (
    <div class="banner" role="status" data-testid="message">
      {found.message}
      <button type="button" onClick={() => update(found.fix)}>
        Show what is logged
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
      <h2>No filter images yet</h2>
      <p>Add this callback to a training that logs to this directory:</p>
      <pre>{EXAMPLE}</pre>
      <p>Images appear here as soon as the first ones are logged.</p>
    </div>
  );
}

/** Shown when a search finds no filter; says what can be searched for. */
export function NoFilterFound({ tag }: { tag: string }) {
  return (
    <div class="note" data-testid="message" role="status">
      <p>
        {isMark(state.value.search)
          ? `No ${state.value.search.trim().toLowerCase()} filters in ${tag}.`
          : `No filter of ${tag} matches “${state.value.search}”.`}
      </p>
      <p>
        Search by number (3, 10-20), by mark (dead, weak, unsettled, pinned), by
        class (class 4) or by measure (lift &lt; 0.5 and share &gt; 0.1).
      </p>
    </div>
  );
}
