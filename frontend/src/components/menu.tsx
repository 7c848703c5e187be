/** A button that opens a box below it. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface Props {
  label: ComponentChildren;
  /** What it is for, if the label alone does not say. */
  title?: string;
  name: string;
  children: ComponentChildren;
}

/** Closes a menu on Escape, or when the focus or a click goes elsewhere. */
function closeOutside(menu: { current: HTMLDetailsElement | null }) {
  const leave = ({ target }: Event) => {
    const open = menu.current;
    if (open && !open.contains(target as Node)) open.open = false;
  };
  // Before the shortcuts: Escape closes one thing at a time.
  const escape = (event: KeyboardEvent) => {
    const open = menu.current;
    if (event.key !== "Escape" || !open?.open) return;
    event.stopPropagation();
    open.open = false;
    open.querySelector("summary")?.focus();
  };
  document.addEventListener("pointerdown", leave);
  document.addEventListener("focusin", leave);
  document.addEventListener("keydown", escape);
  return () => {
    document.removeEventListener("pointerdown", leave);
    document.removeEventListener("focusin", leave);
    document.removeEventListener("keydown", escape);
  };
}

/** Closes the menu that an element is in. */
export function closeMenu(inside: Element): void {
  const menu = inside.closest("details");
  if (menu) menu.open = false;
}

export function Menu({ label, title, name, children }: Props) {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => closeOutside(menu), []);
  return (
    <details
      class="menu"
      data-testid={name}
      ref={menu}
      onToggle={({ currentTarget: { open, lastElementChild } }) => {
        if (open) lastElementChild?.scrollIntoView({ block: "nearest" });
      }}
    >
      <summary class="button" title={title}>
        {label}
      </summary>
      <div class="menu-box">{children}</div>
    </details>
  );
}
