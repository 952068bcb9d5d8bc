import { type Entry, TYPES } from "../entries";
import type { FieldType } from "../resource";

interface Props {
  readonly entry: Entry;
  readonly invalid: boolean;
  readonly onChange: (entry: Entry) => void;
  readonly onRemove: () => void;
}

/** A field of the form: one that is known has a label, any other says its name and type itself. */
export function EntryInput({ entry, invalid, onChange, onRemove }: Props) {
  const { field, key } = entry;
  if (field) {
    return (
      <p>
        <label htmlFor={`value-${key}`}>{field.label}</label>
        <Value entry={entry} invalid={invalid} onChange={onChange} />
        {field.help && <small id={`help-${key}`}>{field.help}</small>}
      </p>
    );
  }
  return (
    <fieldset>
      <p>
        <label htmlFor={`name-${key}`}>Field name</label>
        <input
          id={`name-${key}`}
          autoComplete="off"
          value={entry.name}
          onChange={(event) => onChange({ ...entry, name: event.target.value })}
        />
      </p>
      <p>
        <label htmlFor={`type-${key}`}>Type</label>
        <select
          id={`type-${key}`}
          value={entry.type}
          onChange={(event) => onChange({ ...entry, type: event.target.value as FieldType })}
        >
          {TYPES.map(([type, label]) => (
            <option key={type} value={type}>
              {label}
            </option>
          ))}
        </select>
      </p>
      <p>
        <label htmlFor={`value-${key}`}>Value</label>
        <Value entry={entry} invalid={invalid} onChange={onChange} />
      </p>
      <button type="button" aria-label={`Remove ${entry.name || "field"}`} onClick={onRemove}>
        Remove
      </button>
    </fieldset>
  );
}

function Value({ entry, invalid, onChange }: Omit<Props, "onRemove">) {
  const { field, key, text, type } = entry;
  const common = {
    id: `value-${key}`,
    value: text,
    required: field?.required ?? false,
    "aria-invalid": invalid || undefined,
    "aria-describedby": field?.help ? `help-${key}` : undefined,
    onChange: (event: { target: { value: string } }) => onChange({ ...entry, text: event.target.value }),
  };
  switch (type) {
    case "boolean":
      return (
        <Choice
          {...common}
          choices={[
            ["true", "Yes"],
            ["false", "No"],
          ]}
        />
      );
    case "choice":
      return <Choice {...common} choices={(field?.choices ?? []).map((choice) => [choice, choice] as const)} />;
    case "number":
      return <input {...common} type="number" step="any" autoComplete="off" />;
    case "json":
      return <textarea {...common} spellCheck={false} />;
    default:
      return text.includes("\n") ? <textarea {...common} /> : <input {...common} autoComplete="off" />;
  }
}

type ChoiceProps = React.ComponentProps<"select"> & { choices: readonly (readonly [string, string])[] };

function Choice({ choices, ...props }: ChoiceProps) {
  return (
    <select {...props}>
      <option value="" />
      {choices.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}
