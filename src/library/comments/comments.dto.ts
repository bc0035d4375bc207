import { z } from 'zod';
import type { Viewer } from '../../common/access.js';
import { PageQueryShape, PageSchemaShape } from '../../common/pagination.js';
import { COMMENT_STATUSES, faultOf, tidyText, type Comment } from './comment.js';

export const NewCommentSchema = z.strictObject({
  text: z
    .string()
    .transform(tidyText)
    .superRefine((text, context) => {
      const message = faultOf(text);
      if (message) context.addIssue({ code: 'custom', message });
    })
    .meta({ example: 'The tide at dawn!', description: 'Plain text, 1 to 2000 characters' }),
});
export type NewComment = z.output<typeof NewCommentSchema>;

export const NewCommentStatusSchema = z.strictObject({
  status: z.enum(['published', 'hidden']),
});
export type NewCommentStatus = z.output<typeof NewCommentStatusSchema>;

export const CommentSchema = z
  .object({
    id: z.uuid(),
    text: z.string().meta({ example: 'The tide at dawn!' }),
    status: z.enum(COMMENT_STATUSES).meta({
      description: 'Only its author and moderators see one that is not `published`',
    }),
    author: z
      .object({ id: z.uuid(), name: z.string() })
      .nullable()
      .meta({ description: '`null` for demo guests, who do not see other people' }),
    is_mine: z.boolean(),
    created_at: z.iso.datetime(),
    edited_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Comment' });
export type CommentDto = z.output<typeof CommentSchema>;

export const CommentPageSchema = z
  .object({ comments: z.array(CommentSchema), ...PageSchemaShape })
  .meta({ id: 'CommentPage' });

export const ModeratedQuerySchema = z.strictObject({
  ...PageQueryShape,
  status: z.enum(COMMENT_STATUSES).default('waiting'),
});
export type ModeratedQuery = z.output<typeof ModeratedQuerySchema>;

export const ModeratedPageSchema = z
  .object({
    comments: z.array(
      CommentSchema.extend({ video: z.object({ id: z.uuid(), title: z.string() }) }).meta({
        id: 'ModeratedComment',
      }),
    ),
    ...PageSchemaShape,
  })
  .meta({ id: 'ModeratedPage' });

export function toCommentDto(comment: Comment, viewer: Viewer): CommentDto {
  const { id, text, status, userId, userName, createdAt, editedAt } = comment;
  const isMine = userId === viewer.id;
  return {
    id,
    text,
    status,
    author: viewer.isDemo && !isMine ? null : { id: userId, name: userName },
    is_mine: isMine,
    created_at: createdAt.toISOString(),
    edited_at: editedAt?.toISOString() ?? null,
  };
}
