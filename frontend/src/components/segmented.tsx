/** Buttons in a row, of which one is pressed. */

interface Props<K extends string> {
  label: string;
  /** Names and their labels, in order. */
  choices: Readonly<Record<K, string>>;
  chosen: string;
  /** Prefix of the test IDs of the buttons. */
  name?: string;
  choose: (choice: K) => void;
}

export function Segmented<K extends string>(props: Props<K>) {
  const { label, choices, chosen, name, choose } = props;
  return (
    <div class="segmented" role="group" aria-label={label}>
      {(Object.keys(choices) as K[]).map((choice) => (
        <button
          key={choice}
          type="button"
          data-testid={name && `${name}-${choice}`}
          aria-pressed={choice === chosen}
          onClick={() => choose(choice)}
        >
          {choices[choice]}
        </button>
      ))}
    </div>
  );
}
