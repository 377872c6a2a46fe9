using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Credentials;
using ModelOps.Backends.Trainers.OpenAi;

namespace ModelOps.Backends.Trainers.Azure;

/// <summary>Files and fine-tuning jobs as Azure OpenAI's v1 API has them. There is no metadata: a training's key travels in the suffix, which the list of jobs shows.</summary>
internal sealed class AzureTrainer : IRemoteTrainer
{
    private const int ImportLooks = 200;
    private static readonly byte[] s_mark = [0xEF, 0xBB, 0xBF];
    private readonly ProviderClient _client;
    private readonly string? _trainingType;

    public AzureTrainer(TrainerConnection connection)
    {
        _client = new ProviderClient(AzureDescription.Trainer.Name, connection, new KeyCredential(connection.Key(AzureDescription.Trainer.Name), AzureDescription.Trainer.KeyHeader));
        _trainingType = connection.Environment(AzureDescription.TrainingTypeVariable) is { Length: > 0 } type ? type.Trim() : null;
    }

    public void Dispose() => _client.Dispose();

    public async Task<DateOnly?> ShutdownOfAsync(string model, CancellationToken cancellation)
    {
        Reply reply = await _client.GetAsync("the list of models", "/models", cancellation).ConfigureAwait(false);
        JsonElement listed = reply.Body.List("data").FirstOrDefault(m => m.Text("id") == model);
        return listed.Member("deprecation") is { } deprecation && deprecation.Whole("inference") is not null ? DateOnly.FromDateTime(deprecation.Time("inference").UtcDateTime) : null;
    }

    /// <summary>By its name, which comes from the content; the specification allows a size of null.</summary>
    public async Task<string?> FindFileAsync(TrainingFile file, CancellationToken cancellation)
    {
        Reply reply = await _client.GetAsync("the list of files", "/files?purpose=fine-tune", cancellation).ConfigureAwait(false);
        string? id = reply.Body.List("data").FirstOrDefault(f => f.Text("filename") == file.Name && !(f.Whole("bytes") is { } bytes && bytes != file.Content.Length + s_mark.Length)
            && f.Text("status") is not ("error" or "deleting" or "deleted") && !(f.Whole("expires_at") <= _client.Clock.Now().AddDays(1).ToUnixTimeSeconds())).Text("id");
        return id is not null && await IsImportedAsync(id, cancellation).ConfigureAwait(false) is null ? id : null;
    }

    public async Task<string> UploadAsync(TrainingFile file, CancellationToken cancellation)
    {
        Reply reply = await _client.SendAsync("the upload of the rows", () =>
        {
            HttpRequestMessage upload = _client.Request(HttpMethod.Post, "/files");
            var rows = new ByteArrayContent([.. s_mark, .. file.Content]);
            rows.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            upload.Content = new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" }, { rows, "file", file.Name } };
            return upload;
        }, cancellation).ConfigureAwait(false);
        string id = reply.Body.Text("id") ?? throw TrainerErrors.GaveUp(_client.Trainer, "the upload of the rows", "an answer without an id");
        return await IsImportedAsync(id, cancellation).ConfigureAwait(false) is { } problem ? throw TrainerErrors.NotImported(_client.Trainer, problem) : id;
    }

    public Task<decimal?> EstimateAsync(TrainingOrder order, string fileId, CancellationToken cancellation) => Task.FromResult<decimal?>(null);

    public Task<IReadOnlyList<RemoteJob>> FindJobsAsync(TrainingOrder order, CancellationToken cancellation)
    {
        string prefix = (order with { Attempt = TrainingOrder.FirstAttempt }).Name;
        return OpenAiJobs.ListAsync(
            _client, "", job => job.Text("suffix") is { } suffix && (suffix == prefix || suffix.StartsWith(prefix + "-", StringComparison.Ordinal)), Read, cancellation);
    }

    public async Task<Creation> CreateAsync(TrainingOrder order, string fileId)
    {
        JsonObject body = order.Settings.DeepClone().AsObject();
        body["model"] = order.Model;
        body["training_file"] = fileId;
        body["suffix"] = order.Name;
        if (_trainingType is not null)
        {
            body["trainingType"] = _trainingType;
        }

        Reply reply = await _client.SendOnceAsync("the creation of a job", () => _client.Request(HttpMethod.Post, "/fine_tuning/jobs", body), CancellationToken.None).ConfigureAwait(false);
        return OpenAiJobs.Outcome(reply, _client.Trainer, fileId, Read);
    }

    public async Task<RemoteJob?> GetAsync(string id, CancellationToken cancellation)
    {
        Reply reply = await _client.GetAsync("a job's state", $"/fine_tuning/jobs/{Uri.EscapeDataString(id)}", cancellation, missing: true).ConfigureAwait(false);
        return reply.Kind == ReplyKind.Done ? Read(reply.Body) : null;
    }

    public Task CancelAsync(string id, CancellationToken cancellation) => _client.CancelJobAsync($"/fine_tuning/jobs/{Uri.EscapeDataString(id)}/cancel", cancellation);

    public Task DownloadAsync(RemoteJob job, string folder, CancellationToken cancellation) => throw new NotSupportedException("Azure keeps the weights.");

    // The words of both surfaces, the dated one's and the v1 one's, are those that OpenAI's are read by.
    private static RemoteJob Read(JsonElement job) => OpenAiTrainer.Read(job) with
    {
        Attempt = job.Text("suffix")?.Split('-') is [_, _, var attempt] ? attempt : TrainingOrder.FirstAttempt,
    };

    /// <summary>Waits until a file can be trained on; null when it can, else why it never will.</summary>
    private async Task<string?> IsImportedAsync(string id, CancellationToken cancellation)
    {
        for (int look = 0; look < ImportLooks; look++)
        {
            Reply reply = await _client.GetAsync("the uploaded rows", $"/files/{Uri.EscapeDataString(id)}", cancellation, missing: true).ConfigureAwait(false);
            switch (reply.Kind == ReplyKind.Done ? reply.Body.Text("status") : "deleted")
            {
                case "processed":
                    return null;
                case "error" or "deleting" or "deleted":
                    return reply.Body.Text("status_details") ?? "it does not say why";
            }

            await _client.Clock.Delay(TimeSpan.FromSeconds(Math.Min(look + 1, 3)), cancellation).ConfigureAwait(false);
        }

        throw TrainerErrors.GaveUp(_client.Trainer, "the import of the rows", "ten minutes have passed");
    }
}
