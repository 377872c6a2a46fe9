using System.Text.Json;

namespace ModelOps.Backends.Trainers.OpenAi;

/// <summary>Jobs as OpenAI's API lists and creates them, and Azure's, which speaks the same.</summary>
internal static class OpenAiJobs
{
    private const int PageSize = 100, MostPages = 1000;

    /// <summary>The jobs that are ours, from all pages.</summary>
    /// <param name="filter">Part of the query, before the page; empty for none. A server that does not know it lists everything.</param>
    public static async Task<IReadOnlyList<RemoteJob>> ListAsync(
        ProviderClient client, string filter, Func<JsonElement, bool> isOurs, Func<JsonElement, RemoteJob> read, CancellationToken cancellation)
    {
        string after = "";
        var jobs = new List<RemoteJob>();
        for (int page = 0; page < MostPages; page++)
        {
            Reply reply = await client.GetAsync("the list of jobs", $"/fine_tuning/jobs?limit={PageSize}{filter}{after}", cancellation).ConfigureAwait(false);
            JsonElement[] listed = [.. reply.Body.List("data")];
            jobs.AddRange(listed.Where(isOurs).Select(read));
            if (listed.Length == 0 || reply.Body.Member("has_more") is not { ValueKind: JsonValueKind.True } || listed[^1].Text("id") is not { } last)
            {
                break;
            }

            after = $"&after={Uri.EscapeDataString(last)}";
        }

        return jobs;
    }

    /// <summary>What became of a request for a job.</summary>
    public static Creation Outcome(Reply reply, string trainer, string fileId, Func<JsonElement, RemoteJob> read) => reply switch
    {
        { Kind: ReplyKind.Done } when reply.Body.Text("id") is not null => new Creation.Done(read(reply.Body)),
        { Kind: ReplyKind.NotCarriedOut } => new Creation.NotMade(reply.Said, reply.Wait),
        { Kind: ReplyKind.Refused } when IsFileGone(reply, fileId) => new Creation.FileGone(reply.Said),
        { Kind: ReplyKind.Refused } => throw TrainerErrors.Refused(trainer, "the creation of a job", reply.Status, reply.Said),
        _ => new Creation.InDoubt(reply.Said),
    };

    private static bool IsFileGone(Reply reply, string fileId)
        => reply.Said.Contains(fileId, StringComparison.Ordinal) || reply.Said.Contains("training_file", StringComparison.Ordinal) || reply.Code is "file_not_found" or "invalid_training_file";
}
