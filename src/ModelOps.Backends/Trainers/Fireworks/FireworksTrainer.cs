using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.Backends.Trainers.Fireworks;

/// <summary>Datasets, jobs and models of Fireworks. The caller names all three, so that a name is the key and nothing is made twice.</summary>
internal sealed class FireworksTrainer : IRemoteTrainer
{
    private const string State = "JOB_STATE_", Dpo = "dpoJobs", Sft = "supervisedFineTuningJobs";
    private const int ReadyLooks = 100, MostPages = 1000;
    private static readonly string[] s_kinds = [Sft, Dpo];
    private readonly ProviderClient _client;
    private readonly string _account;

    public FireworksTrainer(TrainerConnection connection)
    {
        _client = new ProviderClient(FireworksDescription.Trainer.Name, connection);
        _account = $"/accounts/{Uri.EscapeDataString(connection.Required(_client.Trainer, FireworksDescription.AccountVariable))}";
    }

    public void Dispose() => _client.Dispose();

    public Task<DateOnly?> ShutdownOfAsync(string model, CancellationToken cancellation) => Task.FromResult<DateOnly?>(null);

    /// <summary>A dataset that is only half there is uploaded again under its name.</summary>
    public async Task<string?> FindFileAsync(TrainingFile file, CancellationToken cancellation)
    {
        Reply reply = await _client.GetAsync("the dataset", $"{_account}/datasets/{IdOf(file)}", cancellation, missing: true).ConfigureAwait(false);
        return reply.Kind == ReplyKind.Done && reply.Body.Text("state") == "READY" ? IdOf(file) : null;
    }

    public async Task<string> UploadAsync(TrainingFile file, CancellationToken cancellation)
    {
        string id = IdOf(file);
        await MakeDatasetAsync(id, file, cancellation).ConfigureAwait(false);
        await _client.SendAsync("the upload of the rows", () =>
        {
            HttpRequestMessage upload = _client.Request(HttpMethod.Post, $"{_account}/datasets/{id}:upload");
            var rows = new ByteArrayContent(file.Content);
            rows.Headers.ContentType = new MediaTypeHeaderValue("application/jsonl");
            upload.Content = new MultipartFormDataContent { { rows, "file", file.Name } };
            return upload;
        }, cancellation).ConfigureAwait(false);
        for (int look = 0; look < ReadyLooks; look++)
        {
            Reply reply = await _client.GetAsync("the dataset", $"{_account}/datasets/{id}", cancellation).ConfigureAwait(false);
            if (reply.Body.Text("state") != "UPLOADING")
            {
                return id;
            }

            await _client.Clock.Delay(TimeSpan.FromSeconds(3), cancellation).ConfigureAwait(false);
        }

        throw TrainerErrors.GaveUp(_client.Trainer, "the upload of the rows", "the dataset stays UPLOADING");
    }

    public Task<decimal?> EstimateAsync(TrainingOrder order, string fileId, CancellationToken cancellation) => Task.FromResult<decimal?>(null);

    public async Task<IReadOnlyList<RemoteJob>> FindJobsAsync(TrainingOrder order, CancellationToken cancellation)
    {
        string kind = KindOf(order), prefix = (order with { Attempt = TrainingOrder.FirstAttempt }).Name, next = "";
        var jobs = new List<RemoteJob>();
        for (int page = 0; page < MostPages; page++)
        {
            Reply reply = await _client.GetAsync("the list of jobs", $"{_account}/{kind}?pageSize=200{next}", cancellation).ConfigureAwait(false);
            jobs.AddRange(reply.Body.List(kind).Select(j => Read(j, kind)).Where(j => NameOf(j.Id) is var name && (name == prefix || name.StartsWith(prefix + "-", StringComparison.Ordinal))));
            if (reply.Body.Text("nextPageToken") is not { Length: > 0 } token)
            {
                break;
            }

            next = $"&pageToken={Uri.EscapeDataString(token)}";
        }

        return jobs;
    }

    public async Task<Creation> CreateAsync(TrainingOrder order, string fileId)
    {
        string kind = KindOf(order);
        JsonObject body = order.Settings.DeepClone().AsObject();
        JsonObject training = body["trainingConfig"]?.AsObject() ?? body;
        body["dataset"] = $"{_account[1..]}/datasets/{fileId}";
        body["displayName"] = order.Name;
        training["baseModel"] = order.Model;
        training["outputModel"] = $"{_account[1..]}/models/{order.Name}";
        string id = kind == Dpo ? "dpoJobId" : "supervisedFineTuningJobId";
        Reply reply = await _client.SendOnceAsync(
            "the creation of a job", () => _client.Request(HttpMethod.Post, $"{_account}/{kind}?{id}={order.Name}", body), CancellationToken.None).ConfigureAwait(false);
        return reply switch
        {
            { Kind: ReplyKind.Done } when reply.Body.Text("name") is not null => new Creation.Done(Read(reply.Body, kind)),
            { Status: (int)HttpStatusCode.Conflict } => new Creation.NameTaken(reply.Said),
            { Kind: ReplyKind.NotCarriedOut } => new Creation.NotMade(reply.Said, reply.Wait),
            { Kind: ReplyKind.Refused } when reply.Said.Contains(fileId, StringComparison.Ordinal) => new Creation.FileGone(reply.Said),
            { Kind: ReplyKind.Refused } => throw TrainerErrors.Refused(_client.Trainer, "the creation of a job", reply.Status, reply.Said),
            _ => new Creation.InDoubt(reply.Said),
        };
    }

    public async Task<RemoteJob?> GetAsync(string id, CancellationToken cancellation)
    {
        Reply reply = await _client.GetAsync("a job's state", $"{_account}/{id}", cancellation, missing: true).ConfigureAwait(false);
        return reply.Kind == ReplyKind.Done ? Read(reply.Body, id.Split('/')[0]) : null;
    }

    /// <summary>The API has a cancellation of its own for reinforcement jobs alone; a job that is deleted ends too.</summary>
    public async Task CancelAsync(string id, CancellationToken cancellation)
        => await _client.SendAsync("a job's cancellation", () => _client.Request(HttpMethod.Delete, $"{_account}/{id}"), cancellation, missing: true).ConfigureAwait(false);

    public Task DownloadAsync(RemoteJob job, string folder, CancellationToken cancellation) => AdapterDownload.FilesAsync(_client.Trainer, job.Id, folder, async file =>
    {
        // Asked for each time: signed addresses expire.
        Reply reply = await _client.GetAsync("the adapter's address", $"{_account}/models/{job.Model![(job.Model!.LastIndexOf('/') + 1)..]}:getDownloadEndpoint", cancellation).ConfigureAwait(false);
        JsonProperty address = reply.Body.Member("filenameToSignedUrls") is { ValueKind: JsonValueKind.Object } urls
            ? urls.EnumerateObject().FirstOrDefault(u => u.Name[(u.Name.LastIndexOf('/') + 1)..] == Path.GetFileName(file)) : default;
        return address.Value is { ValueKind: JsonValueKind.String } url && Uri.TryCreate(url.GetString(), UriKind.Absolute, out Uri? signed)
            ? await _client.DownloadAsync("the adapter", signed, file, cancellation).ConfigureAwait(false)
            : throw new InvalidDataException($"there is no address of {Path.GetFileName(file)}");
    }, cancellation);

    internal static RemoteJob Read(JsonElement job, string kind)
    {
        string id = NameOf(job.Text("name") ?? ""), status = job.Text("state") ?? "without a state";
        string rest = id.Length > "modelops-".Length ? id["modelops-".Length..] : "";
        return new RemoteJob($"{kind}/{id}", StateOf(status), status, job.Time("createTime"))
        {
            Attempt = rest.Split('-') is [_, var attempt] ? attempt : TrainingOrder.FirstAttempt,
            Model = (job.Member("trainingConfig") ?? job).Text("outputModel"),
            Problem = job.Member("status") is { } said ? said.Text("message") : null,
            TrainedTokens = job.Member("jobProgress") is { } progress && long.TryParse(progress.Text("inputTokens"), CultureInfo.InvariantCulture, out long tokens) ? tokens : null,
        };
    }

    private static RemoteState StateOf(string state) => (state.StartsWith(State, StringComparison.Ordinal) ? state[State.Length..] : state) switch
    {
        "CREATING" or "PENDING" or "VALIDATING" or "RE_QUEUEING" or "CREATING_INPUT_DATASET" => RemoteState.Queued,
        "RUNNING" or "WRITING_RESULTS" or "IDLE" => RemoteState.Running,
        "PAUSED" => RemoteState.Paused,
        "CANCELLING" or "DELETING" or "DELETING_CLEANING_UP" => RemoteState.Cancelling,
        "COMPLETED" or "EARLY_STOPPED" => RemoteState.Succeeded,
        "FAILED" or "EXPIRED" => RemoteState.Failed,
        "CANCELLED" => RemoteState.Cancelled,
        _ => RemoteState.Unknown,
    };

    private static string KindOf(TrainingOrder order) => order.Settings.ContainsKey("trainingConfig") ? s_kinds[1] : s_kinds[0];

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>A name there has no dot.</summary>
    private static string IdOf(TrainingFile file) => file.Name[..file.Name.LastIndexOf('.')];

    private async Task MakeDatasetAsync(string id, TrainingFile file, CancellationToken cancellation)
    {
        int rows = file.Content.AsSpan().Count((byte)'\n');
        var body = new JsonObject
        {
            ["datasetId"] = id,
            ["dataset"] = new JsonObject { ["format"] = "CHAT", ["exampleCount"] = rows.ToString(CultureInfo.InvariantCulture), ["userUploaded"] = new JsonObject() },
        };
        for (int attempt = 0; attempt < 6; attempt++)
        {
            Reply reply = await _client.SendOnceAsync("a dataset", () => _client.Request(HttpMethod.Post, $"{_account}/datasets", body), cancellation).ConfigureAwait(false);
            if (reply.Kind == ReplyKind.Done || reply.Status == (int)HttpStatusCode.Conflict)
            {
                return; // The name comes from the content: what is there under it is the same.
            }

            if (reply.Kind == ReplyKind.Refused)
            {
                throw TrainerErrors.Refused(_client.Trainer, "a dataset", reply.Status, reply.Said);
            }

            await _client.Clock.Delay(reply.Wait ?? Endpoints.RetryPolicy.Backoff(attempt, _client.Clock.Jitter()), cancellation).ConfigureAwait(false);
        }

        throw TrainerErrors.GaveUp(_client.Trainer, "a dataset", "six attempts failed");
    }
}
