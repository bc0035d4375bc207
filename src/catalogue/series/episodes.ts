import type { Viewer } from '../../common/access.js';

type Who = Readonly<Record<keyof Pick<Viewer, 'id' | 'role'>, string>>;

/**
 * SQL condition: somebody finds this video among the episodes of its series. What others have not listed, or could not
 * make, is for its owner and staff alone.
 *
 * @param video alias of its table
 * @param viewer SQL expressions of their id and role
 */
export function findsEpisodeSql(video: string, { id, role }: Who): string {
  return `(${video}.deleted_at IS NULL AND ((${video}.visibility = 'PUBLIC'
    AND ${video}.status NOT IN ('failed', 'cancelled'))
    OR ${video}.owner_id = ${id} OR ${role} <> 'viewer'))`;
}

/**
 * SQL subquery: the id of the next episode, in this season or a later one, that somebody finds and can play; null where
 * there is none. For many videos at once, whose alias it refers to.
 *
 * @param video alias of the table of the videos that come before
 * @param viewer SQL expressions of their id and role
 */
export function nextEpisodeSql(video: string, viewer: Who): string {
  return `(SELECT episode.id FROM videos episode
    WHERE episode.series_id = ${video}.series_id AND episode.playable
      AND (episode.season_number, episode.episode_number, episode.id)
        > (${video}.season_number, ${video}.episode_number, ${video}.id)
      AND ${findsEpisodeSql('episode', viewer)}
    ORDER BY episode.season_number, episode.episode_number, episode.id LIMIT 1)`;
}
