import { useId, type SubmitEvent } from 'react';

import { useLoad } from '../api/use-load';
import { fetchGenres } from '../api/videos';
import { Field } from '../components/field';
import { text } from '../components/use-submit';
import { bytes } from '../format';
import { titleFrom, type Details } from './details';
import type { Draft } from './use-drafts';

interface DraftsProps {
  drafts: readonly Draft[];
  onRemove: (key: string) => void;
  onSubmit: (described: { file: File; details: Details }[]) => void;
}

/** The form about files that have not been sent yet. */
export function Drafts({ drafts, onRemove, onSubmit }: DraftsProps) {
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onSubmit(
      drafts.map(({ key, file }) => ({
        file,
        details: {
          title: text(form, `title ${key}`),
          description: text(form, `description ${key}`),
          genre: text(form, 'genre'),
          visibility: text(form, 'visibility'),
        },
      })),
    );
  };

  return (
    <form className="drafts" onSubmit={submit}>
      <h2>Ready to upload</h2>
      <ul className="upload__list">
        {drafts.map((draft) => (
          <DraftFields key={draft.key} draft={draft} onRemove={() => onRemove(draft.key)} />
        ))}
      </ul>
      <div className="drafts__end">
        <CommonFields isForAll={drafts.length > 1} />
        <button type="submit" className="button">
          {drafts.length === 1 ? 'Upload' : `Upload ${drafts.length} files`}
        </button>
      </div>
    </form>
  );
}

function DraftFields({ draft, onRemove }: { draft: Draft; onRemove: () => void }) {
  const id = useId();
  const { key, file } = draft;
  return (
    <li className="draft">
      <div className="upload__name">
        <strong id={id}>{file.name}</strong>
        <span className="quiet">{bytes(file.size)}</span>
        <button
          type="button"
          className="link-button"
          aria-label={`Leave out ${file.name}`}
          onClick={onRemove}
        >
          Leave out
        </button>
      </div>
      <div className="draft__fields" role="group" aria-labelledby={id}>
        <Field
          label="Title"
          name={`title ${key}`}
          maxLength={200}
          defaultValue={titleFrom(file.name)}
        />
        <div className="field">
          <label htmlFor={`${id}-description`}>Description</label>
          <textarea
            id={`${id}-description`}
            name={`description ${key}`}
            maxLength={10000}
            rows={1}
          />
        </div>
      </div>
    </li>
  );
}

function CommonFields({ isForAll }: { isForAll: boolean }) {
  const id = useId();
  const { result: genres } = useLoad('genres', fetchGenres);
  const end = isForAll ? ' for all' : '';
  return (
    <>
      <div className="field">
        <label htmlFor={`${id}-genre`}>Genre{end}</label>
        <select id={`${id}-genre`} name="genre">
          <option value="">No genre</option>
          {genres.state === 'ready' &&
            genres.value.map(({ slug, name }) => (
              <option key={slug} value={slug}>
                {name}
              </option>
            ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor={`${id}-visibility`}>Visibility{end}</label>
        <select id={`${id}-visibility`} name="visibility">
          <option value="PUBLIC">Everyone signed in</option>
          <option value="UNLISTED">Only with the link</option>
          <option value="PRIVATE">Only me</option>
        </select>
      </div>
    </>
  );
}
