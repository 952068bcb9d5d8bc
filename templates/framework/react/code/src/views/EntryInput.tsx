import { type Entry, type Fault, retyped, TYPES } from "../entries";
import { faultId, focusBehindEntries, helpId, inputAttributes, inputId } from "../inputs";
import type { FieldType } from "../resource";

interface Props {
  readonly entry: Entry;
  readonly fault: Fault | undefined;
  readonly onChange: (entry: Entry) => void;
  readonly onRemove: () => void;
}

/** A field of the form: one that is known has a label, any other says its name and type itself. */
export function EntryInput({ entry, fault, onChange, onRemove }: Props) {
  const { field, key } = entry;
  if (field) {
    return (
      <p>
        <label htmlFor={inputId(key, "value")}>{field.label}</label>
        <Value entry={entry} fault={fault} onChange={onChange} />
        <Message fault={fault} />
        {field.help && <small id={helpId(key)}>{field.help}</small>}
      </p>
    );
  }
  return (
    <fieldset>
      <p>
        <label htmlFor={inputId(key, "name")}>Field name</label>
        <input
          {...inputAttributes(entry, "name", fault)}
          autoComplete="off"
          value={entry.name}
          onChange={(event) => onChange({ ...entry, name: event.target.value })}
        />
      </p>
      <p>
        <label htmlFor={inputId(key, "type")}>Type</label>
        <select
          id={inputId(key, "type")}
          value={entry.type}
          onChange={(event) => onChange({ ...entry, ...retyped(entry, event.target.value as FieldType) })}
        >
          {TYPES.map(([type, label]) => (
            <option key={type} value={type}>
              {label}
            </option>
          ))}
        </select>
      </p>
      <p>
        <label htmlFor={inputId(key, "value")}>Value</label>
        <Value entry={entry} fault={fault} onChange={onChange} />
      </p>
      <button
        type="button"
        aria-label={`Remove ${entry.name || "field"}`}
        onClick={(event) => {
          focusBehindEntries(event.currentTarget);
          onRemove();
        }}
      >
        Remove
      </button>
      <Message fault={fault} />
    </fieldset>
  );
}

function Message({ fault }: Pick<Props, "fault">) {
  return (
    fault && (
      <span id={faultId(fault.key)} role="alert">
        {fault.message}
      </span>
    )
  );
}

function Value({ entry, fault, onChange }: Omit<Props, "onRemove">) {
  const { field, severalLines, text, type } = entry;
  const common = {
    ...inputAttributes(entry, "value", fault),
    value: text,
    required: field?.required ?? false,
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
    default:
      return severalLines ? (
        <textarea {...common} spellCheck={type !== "json"} />
      ) : (
        <input {...common} autoComplete="off" />
      );
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
