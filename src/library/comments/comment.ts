/** Who sees a comment: everybody; or, until it is let through or after it was hidden, its author and moderators. */
export const COMMENT_STATUSES = ['published', 'waiting', 'hidden'] as const;
export type CommentStatus = (typeof COMMENT_STATUSES)[number];

export const LONGEST_COMMENT = 2000;

// Line breaks are the one control character that belongs into a text; halves of surrogate pairs are none.
const UNWANTED = /[^\P{Cc}\n]|\p{Cs}/u;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** A text without blanks around it, and with one kind of line break. */
export function tidyText(text: string): string {
  return text.replaceAll('\r\n', '\n').trim();
}

/** What is wrong with a tidy text; undefined when nothing is. */
export function faultOf(text: string): string | undefined {
  if (Array.from(text).length > LONGEST_COMMENT)
    return `has more than ${LONGEST_COMMENT} characters`;
  if (UNWANTED.test(text)) return 'must not hold control characters';
  return VISIBLE.test(text) ? undefined : 'says nothing';
}

/** One comment, as its row and the row of its author say. */
export interface Comment {
  id: string;
  videoId: string;
  videoTitle: string;
  userId: string;
  userName: string;
  text: string;
  status: CommentStatus;
  createdAt: Date;
  editedAt: Date | null;
}
