using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.Backends.Trainers.Together;

/// <summary>Files and fine-tunes as Together's API has them. A job has no metadata: its suffix carries the key.</summary>
internal sealed class TogetherTrainer : IRemoteTrainer
{
    private const int ReadyLooks = 40;
    private static readonly string[] s_priced = ["n_epochs", "training_method", "training_type"];
    private readonly ProviderClient _client;

    public TogetherTrainer(TrainerConnection connection) => _client = new ProviderClient(TogetherDescription.Trainer.Name, connection);

    public void Dispose() => _client.Dispose();

    public Task<DateOnly?> ShutdownOfAsync(string model, CancellationToken cancellation) => Task.FromResult<DateOnly?>(null);

    public async Task<string?> FindFileAsync(TrainingFile file, CancellationToken cancellation)
    {
        Reply reply = await _client.GetAsync("the list of files", "/files", cancellation).ConfigureAwait(false);
        return reply.Body.List("data").FirstOrDefault(f => f.Text("filename") == file.Name && f.Whole("bytes") == file.Content.Length && f.Text("purpose") == "fine-tune").Text("id") is { } id
            ? await ReadyAsync(id, cancellation).ConfigureAwait(false) : null;
    }

    public async Task<string> UploadAsync(TrainingFile file, CancellationToken cancellation)
    {
        Reply reply = await _client.SendAsync("the upload of the rows", () =>
        {
            HttpRequestMessage upload = _client.Request(HttpMethod.Post, "/files/upload");
            var rows = new ByteArrayContent(file.Content);
            rows.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            upload.Content = new MultipartFormDataContent
            {
                { new StringContent("fine-tune"), "purpose" }, { new StringContent(file.Name), "file_name" }, { new StringContent("jsonl"), "file_type" }, { rows, "file", file.Name },
            };
            return upload;
        }, cancellation).ConfigureAwait(false);
        string id = reply.Body.Text("id") ?? throw TrainerErrors.GaveUp(_client.Trainer, "the upload of the rows", "an answer without an id");
        return await ReadyAsync(id, cancellation).ConfigureAwait(false) ?? id;
    }

    public async Task<decimal?> EstimateAsync(TrainingOrder order, string fileId, CancellationToken cancellation)
    {
        var body = new JsonObject { ["training_file"] = fileId, ["model"] = order.Model };
        foreach (string member in s_priced)
        {
            body[member] = order.Settings[member]!.DeepClone();
        }

        Reply reply = await _client.PostAsync("an estimate of the price", "/fine-tunes/estimate-price", body, cancellation).ConfigureAwait(false);
        return reply.Body.Member("allowed_to_proceed") is { ValueKind: JsonValueKind.False } ? throw TrainerErrors.NoQuota(_client.Trainer, "the limit of the account does not cover the job.")
            : reply.Body.Member("estimated_total_price") is { ValueKind: JsonValueKind.Number } price && price.TryGetDecimal(out decimal amount) ? amount : null;
    }

    public async Task<IReadOnlyList<RemoteJob>> FindJobsAsync(TrainingOrder order, CancellationToken cancellation)
    {
        Reply reply = await _client.GetAsync("the list of jobs", "/fine-tunes", cancellation).ConfigureAwait(false);
        string prefix = (order with { Attempt = TrainingOrder.FirstAttempt }).Name;
        return [.. reply.Body.List("data").Where(j => j.Text("suffix") is { } suffix && (suffix == prefix || suffix.StartsWith(prefix + "-", StringComparison.Ordinal))).Select(Read)];
    }

    public async Task<Creation> CreateAsync(TrainingOrder order, string fileId)
    {
        JsonObject body = order.Settings.DeepClone().AsObject();
        body["model"] = order.Model;
        body["training_file"] = fileId;
        body["suffix"] = order.Name;
        Reply reply = await _client.SendOnceAsync("the creation of a job", () => _client.Request(HttpMethod.Post, "/fine-tunes", body), CancellationToken.None).ConfigureAwait(false);
        return reply switch
        {
            { Kind: ReplyKind.Done } when reply.Body.Text("id") is not null => new Creation.Done(Read(reply.Body) with { Attempt = order.Attempt }),
            { Kind: ReplyKind.NotCarriedOut } => new Creation.NotMade(reply.Said, reply.Wait),
            { Kind: ReplyKind.Refused } when reply.Said.Contains(fileId, StringComparison.Ordinal) => new Creation.FileGone(reply.Said),
            { Kind: ReplyKind.Refused } => throw TrainerErrors.Refused(_client.Trainer, "the creation of a job", reply.Status, reply.Said),
            _ => new Creation.InDoubt(reply.Said),
        };
    }

    public async Task<RemoteJob?> GetAsync(string id, CancellationToken cancellation)
    {
        Reply reply = await _client.GetAsync("a job's state", $"/fine-tunes/{Uri.EscapeDataString(id)}", cancellation, missing: true).ConfigureAwait(false);
        return reply.Kind == ReplyKind.Done ? Read(reply.Body) : null;
    }

    public Task CancelAsync(string id, CancellationToken cancellation) => _client.CancelJobAsync($"/fine-tunes/{Uri.EscapeDataString(id)}/cancel", cancellation);

    public Task DownloadAsync(RemoteJob job, string folder, CancellationToken cancellation)
        => AdapterDownload.RunAsync(
            _client.Trainer, job.Id, folder, file => _client.DownloadAsync("the adapter", $"/finetune/download?ft_id={Uri.EscapeDataString(job.Id)}&checkpoint=adapter", file, cancellation), cancellation);

    internal static RemoteJob Read(JsonElement job)
    {
        string status = job.Text("status") ?? "without a status", suffix = job.Text("suffix") ?? "";
        string? problem = job.List("events").LastOrDefault(e => e.Text("type")?.Contains("error", StringComparison.OrdinalIgnoreCase) ?? false).Text("message");
        return new RemoteJob(job.Text("id") ?? "", StateOf(status), status, job.Time("created_at"))
        {
            Attempt = suffix.LastIndexOf('-') is var at && at > "modelops-".Length ? suffix[(at + 1)..] : TrainingOrder.FirstAttempt,
            Model = job.Text("model_output_name"),
            Problem = problem,
            TrainedTokens = job.Whole("token_count"),
        };
    }

    private static RemoteState StateOf(string status) => status.ToLowerInvariant() switch
    {
        "pending" or "queued" => RemoteState.Queued,
        "running" or "compressing" or "uploading" => RemoteState.Running,
        "cancel_requested" => RemoteState.Cancelling,
        "completed" => RemoteState.Succeeded,
        "error" or "user_error" => RemoteState.Failed,
        "cancelled" => RemoteState.Cancelled,
        _ => RemoteState.Unknown,
    };

    /// <summary>The file once it has been looked at there; null when it is not there any more. A file that is not ready for minutes is tried as it is.</summary>
    private async Task<string?> ReadyAsync(string id, CancellationToken cancellation)
    {
        for (int look = 0; look < ReadyLooks; look++)
        {
            Reply reply = await _client.GetAsync("the uploaded rows", $"/files/{Uri.EscapeDataString(id)}", cancellation, missing: true).ConfigureAwait(false);
            if (reply.Kind != ReplyKind.Done)
            {
                return null;
            }

            if (reply.Body.Member("Processed") is not { ValueKind: JsonValueKind.False })
            {
                break;
            }

            await _client.Clock.Delay(TimeSpan.FromSeconds(3), cancellation).ConfigureAwait(false);
        }

        return id;
    }
}
