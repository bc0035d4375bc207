import webvtt from 'webvtt-parser';

interface ValidatedCue {
  startTime: number;
  endTime: number;
  text: string;
}

interface Validation {
  cues: ValidatedCue[];
  errors: { message: string; line: number }[];
}

const { WebVTTParser } = webvtt as {
  WebVTTParser: new () => { parse(text: string, mode: string): Validation };
};

/** The cues of a WebVTT file, as W3C's validator reads it; any complaint fails. */
export function validCues(text: string): ValidatedCue[] {
  const { cues, errors } = new WebVTTParser().parse(text, 'subtitles/captions/descriptions');
  expect(errors).toEqual([]);
  return cues;
}
