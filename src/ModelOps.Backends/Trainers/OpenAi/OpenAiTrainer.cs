using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.Backends.Trainers.OpenAi;

/// <summary>Files and fine-tuning jobs as OpenAI's API has them. The key of a training travels in a job's metadata, by which jobs are listed.</summary>
internal sealed class OpenAiTrainer : IRemoteTrainer
{
    public const string KeyMember = "modelops_key", AttemptMember = "modelops_attempt";
    private readonly ProviderClient _client;

    public OpenAiTrainer(TrainerConnection connection) => _client = new ProviderClient(OpenAiDescription.Trainer.Name, connection);

    public void Dispose() => _client.Dispose();

    public async Task<DateOnly?> ShutdownOfAsync(string model, CancellationToken cancellation)
    {
        Reply reply = await _client.GetAsync("the list of models", "/models", cancellation).ConfigureAwait(false);
        string? date = reply.Body.List("data").Where(m => m.Text("id") == model).Select(m => m.Text("shutdown_date")).FirstOrDefault();
        return DateOnly.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly shutdown) ? shutdown : null;
    }

    public async Task<string?> FindFileAsync(TrainingFile file, CancellationToken cancellation)
    {
        Reply reply = await _client.GetAsync("the list of files", "/files?purpose=fine-tune&order=desc", cancellation).ConfigureAwait(false);
        return reply.Body.List("data").FirstOrDefault(f => f.Text("filename") == file.Name && f.Whole("bytes") == file.Content.Length && f.Text("status") != "error"
            && !(f.Whole("expires_at") <= _client.Clock.Now().AddDays(1).ToUnixTimeSeconds())).Text("id");
    }

    public async Task<string> UploadAsync(TrainingFile file, CancellationToken cancellation)
    {
        Reply reply = await _client.SendAsync("the upload of the rows", () =>
        {
            HttpRequestMessage upload = _client.Request(HttpMethod.Post, "/files");
            var rows = new ByteArrayContent(file.Content);
            rows.Headers.ContentType = new MediaTypeHeaderValue("application/jsonl");
            upload.Content = new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" }, { rows, "file", file.Name } };
            return upload;
        }, cancellation).ConfigureAwait(false);
        return reply.Body.Text("id") ?? throw TrainerErrors.GaveUp(_client.Trainer, "the upload of the rows", "an answer without an id");
    }

    public Task<decimal?> EstimateAsync(TrainingOrder order, string fileId, CancellationToken cancellation) => Task.FromResult<decimal?>(null);

    // A gateway that does not know the filter lists everything, so what comes is looked at as well.
    public Task<IReadOnlyList<RemoteJob>> FindJobsAsync(TrainingOrder order, CancellationToken cancellation) => OpenAiJobs.ListAsync(
        _client, $"&metadata[{KeyMember}]={order.Key}", job => job.Member("metadata") is { } metadata && metadata.Text(KeyMember) == order.Key, Read, cancellation);

    public async Task<Creation> CreateAsync(TrainingOrder order, string fileId)
    {
        JsonObject body = order.Settings.DeepClone().AsObject();
        body["model"] = order.Model;
        body["training_file"] = fileId;
        body["suffix"] = $"modelops-{order.Key[..12]}";
        body["metadata"] = new JsonObject { [KeyMember] = order.Key, [AttemptMember] = order.Attempt };
        Reply reply = await _client.SendOnceAsync("the creation of a job", () => _client.Request(HttpMethod.Post, "/fine_tuning/jobs", body), CancellationToken.None).ConfigureAwait(false);
        return OpenAiJobs.Outcome(reply, _client.Trainer, fileId, Read);
    }

    public async Task<RemoteJob?> GetAsync(string id, CancellationToken cancellation)
    {
        Reply reply = await _client.GetAsync("a job's state", $"/fine_tuning/jobs/{Uri.EscapeDataString(id)}", cancellation, missing: true).ConfigureAwait(false);
        return reply.Kind == ReplyKind.Done ? Read(reply.Body) : null;
    }

    public Task CancelAsync(string id, CancellationToken cancellation) => _client.CancelJobAsync($"/fine_tuning/jobs/{Uri.EscapeDataString(id)}/cancel", cancellation);

    public Task DownloadAsync(RemoteJob job, string folder, CancellationToken cancellation) => throw new NotSupportedException("OpenAI keeps the weights.");

    /// <summary>The status decides: live answers have been seen with an error object of nulls on jobs that did not fail.</summary>
    internal static RemoteJob Read(JsonElement job) => new(
        job.Text("id") ?? "", StateOf(job.Text("status")), job.Text("status") ?? "without a status", job.Time("created_at"))
    {
        Attempt = job.Member("metadata") is { } metadata && metadata.Text(AttemptMember) is { } attempt ? attempt : TrainingOrder.FirstAttempt,
        Model = job.Text("fine_tuned_model"),
        Problem = job.Member("error") is { } error && error.Text("message") is { } said ? $"{said}{(error.Text("param") is { } param ? $" ({param})" : "")}" : null,
        TrainedTokens = job.Whole("trained_tokens"),
    };

    private static RemoteState StateOf(string? status) => status switch
    {
        "validating_files" or "queued" or "pending" or "created" => RemoteState.Queued,
        "running" or "resuming" => RemoteState.Running,
        "pausing" or "paused" => RemoteState.Paused,
        "succeeded" => RemoteState.Succeeded,
        "failed" => RemoteState.Failed,
        "cancelled" => RemoteState.Cancelled,
        _ => RemoteState.Unknown,
    };
}
