import { useId, useState, type SubmitEvent } from 'react';

import { ApiError, describe } from '../api/error';
import type { UploadForm } from '../api/upload';
import { useLoad } from '../api/use-load';
import { fetchGenres } from '../api/videos';
import { Field, FieldNote } from '../components/field';
import { Notice } from '../components/notice';
import { text } from '../components/use-submit';
import { DropZone } from './drop-zone';

interface UploadDetailsProps {
  refusal: unknown;
  onSubmit: (form: UploadForm) => void;
}

export function UploadDetails({ refusal, onSubmit }: UploadDetailsProps) {
  const id = useId();
  const [file, setFile] = useState<File>();
  const [title, setTitle] = useState('');
  const [missing, setMissing] = useState(false);
  const { result: genres } = useLoad('genres', fetchGenres);
  const problem = (field: string) =>
    refusal instanceof ApiError ? refusal.fieldMessages(field) : undefined;

  const choose = (chosen: File) => {
    if (title === '' || title === titleFrom(file)) setTitle(titleFrom(chosen));
    setFile(chosen);
    setMissing(false);
  };

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setMissing(!file);
    if (!file) return;
    const form = new FormData(event.currentTarget);
    onSubmit({
      file,
      title,
      description: text(form, 'description'),
      genre: text(form, 'genre'),
      visibility: text(form, 'visibility'),
      allowDuplicate: text(form, 'allow_duplicate') === 'true',
    });
  };

  return (
    <form className="upload__form" onSubmit={submit}>
      <div className="stack">
        {refusal !== undefined && <Notice tone="bad">{describe(refusal)}</Notice>}
        <DropZone file={file} onFile={choose} />
        {missing && <Notice tone="bad">Choose a video file first.</Notice>}
        {refusal instanceof ApiError && refusal.code === 'upload.duplicate' && (
          <label className="check">
            <input type="checkbox" name="allow_duplicate" value="true" /> Upload it anyway
          </label>
        )}
      </div>
      <div className="stack">
        <Field
          label="Title"
          name="title"
          maxLength={200}
          value={title}
          onChange={(event) => setTitle(event.target.value)}
          hint="Taken from the file's name if left empty."
          problem={problem('title')}
        />
        <div className="field">
          <label htmlFor={`${id}-description`}>Description</label>
          <textarea
            id={`${id}-description`}
            name="description"
            maxLength={10000}
            rows={4}
            aria-describedby={`${id}-description-note`}
          />
          <FieldNote
            id={`${id}-description-note`}
            label="Description"
            problem={problem('description')}
          />
        </div>
        <div className="field-pair">
          <div className="field">
            <label htmlFor={`${id}-genre`}>Genre</label>
            <select id={`${id}-genre`} name="genre">
              <option value="">No genre</option>
              {genres.state === 'ready' &&
                genres.value.map(({ slug, name }) => (
                  <option key={slug} value={slug}>
                    {name}
                  </option>
                ))}
            </select>
            <FieldNote id={`${id}-genre-note`} label="Genre" problem={problem('genres')} />
          </div>
          <div className="field">
            <label htmlFor={`${id}-visibility`}>Visibility</label>
            <select id={`${id}-visibility`} name="visibility">
              <option value="PUBLIC">Everyone signed in</option>
              <option value="UNLISTED">Only with the link</option>
              <option value="PRIVATE">Only me</option>
            </select>
            <FieldNote
              id={`${id}-visibility-note`}
              label="Visibility"
              problem={problem('visibility')}
            />
          </div>
        </div>
        <button type="submit" className="button">
          Upload
        </button>
      </div>
    </form>
  );
}

function titleFrom(file: File | undefined): string {
  return (file?.name ?? '')
    .replace(/\.[^.]+$/, '')
    .replace(/[_\s]+/g, ' ')
    .trim();
}
