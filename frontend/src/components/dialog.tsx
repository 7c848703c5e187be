/** A modal dialog with a title and a button that closes it. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icons";

interface Props {
  title: string;
  /** Whether the dialog is only as wide as its content. */
  fitted?: boolean;
  close: () => void;
  children: ComponentChildren;
}

/** Shows the dialog; when it closes, the focus returns to where it was. */
export function Dialog({ title, fitted, close, children }: Props) {
  const sheet = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = sheet.current;
    const before = document.activeElement as HTMLElement | null;
    dialog?.showModal();
    return () => {
      dialog?.close();
      before?.focus();
    };
  }, []);
  return (
    <dialog
      ref={sheet}
      class={fitted ? "dialog fitted" : "dialog"}
      aria-label={title}
      onClose={close}
    >
      <div class="inspector-title">
        <h2>{title}</h2>
        <button
          type="button"
          class="icon plain"
          aria-label="Close"
          onClick={close}
        >
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  );
}
