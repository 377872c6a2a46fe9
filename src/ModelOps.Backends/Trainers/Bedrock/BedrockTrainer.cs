using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Backends.Trainers.Bedrock;

/// <summary>
/// Objects of S3 and customization jobs of Bedrock. A job's name and its token are the key: the same creation asked twice is one job there, and says so without an error.
/// </summary>
internal sealed class BedrockTrainer : IRemoteTrainer
{
    private const string Jobs = "/model-customization-jobs", KeyTag = "modelops-key", Creating = "the creation of a job";
    private const int MostPages = 1000;
    private readonly BedrockClient _client;
    private readonly BedrockBucket _bucket;
    private readonly string _role;

    public BedrockTrainer(TrainerConnection connection)
    {
        _client = new BedrockClient(connection);
        _bucket = BedrockBucket.Parse(connection.Environment(BedrockDescription.BucketVariable));
        _role = connection.Environment(BedrockDescription.RoleVariable)?.Trim() is { } role && role.StartsWith("arn:aws", StringComparison.Ordinal) && role.Contains(":role/", StringComparison.Ordinal)
            ? role : throw BedrockErrors.NoRole(BedrockDescription.RoleVariable);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Who may tune a model need not be allowed to read about it: then nothing is known.</summary>
    public async Task<DateOnly?> ShutdownOfAsync(string model, CancellationToken cancellation)
    {
        Reply? reply = await AllowedAsync(() => _client.Control.GetAsync("the model's life cycle", $"/foundation-models/{Uri.EscapeDataString(model)}", cancellation, missing: true)).ConfigureAwait(false);
        return reply is { Kind: ReplyKind.Done } && reply.Body.Member("modelDetails")?.Member("modelLifecycle") is { } life && life.Time("endOfLifeTime") is var end && end > DateTimeOffset.UnixEpoch
            ? DateOnly.FromDateTime(end.UtcDateTime) : null;
    }

    /// <summary>An object is there whole or not at all, and its name is its content. To whom S3 does not say what is there, it is not there: it is sent again.</summary>
    public async Task<string?> FindFileAsync(TrainingFile file, CancellationToken cancellation)
    {
        Reply? reply = await AllowedAsync(() => _client.Storage.SendAsync("the uploaded rows", () => Object(HttpMethod.Head, file), cancellation, missing: true)).ConfigureAwait(false);
        return reply is { Kind: ReplyKind.Done } ? _bucket.Address(file.Name) : null;
    }

    public async Task<string> UploadAsync(TrainingFile file, CancellationToken cancellation)
    {
        await _client.Storage.SendAsync("the upload of the rows", () =>
        {
            HttpRequestMessage upload = Object(HttpMethod.Put, file);
            upload.Headers.TryAddWithoutValidation("x-amz-checksum-sha256", Convert.ToBase64String(SHA256.HashData(file.Content)));
            upload.Content = new ByteArrayContent(file.Content) { Headers = { ContentType = new MediaTypeHeaderValue("application/jsonl") } };
            return upload;
        }, cancellation).ConfigureAwait(false);
        return _bucket.Address(file.Name);
    }

    public Task<decimal?> EstimateAsync(TrainingOrder order, string fileId, CancellationToken cancellation) => Task.FromResult<decimal?>(null);

    public async Task<IReadOnlyList<RemoteJob>> FindJobsAsync(TrainingOrder order, CancellationToken cancellation)
    {
        string prefix = (order with { Attempt = TrainingOrder.FirstAttempt }).Name, next = "";
        var jobs = new List<RemoteJob>();
        for (int page = 0; page < MostPages; page++)
        {
            Reply reply = await _client.Control.GetAsync("the list of jobs", $"{Jobs}?nameContains={prefix}&maxResults=100&sortBy=CreationTime&sortOrder=Descending{next}", cancellation).ConfigureAwait(false);
            jobs.AddRange(reply.Body.List("modelCustomizationJobSummaries").Select(Read).Where(j => j.Id == prefix || j.Id.StartsWith(prefix + "-", StringComparison.Ordinal)));
            if (reply.Body.Text("nextToken") is not { Length: > 0 } token)
            {
                break;
            }

            next = $"&nextToken={Uri.EscapeDataString(token)}";
        }

        return jobs;
    }

    public async Task<Creation> CreateAsync(TrainingOrder order, string fileId)
    {
        JsonObject body = order.Settings.DeepClone().AsObject();
        body["jobName"] = order.Name;
        body["customModelName"] = order.Name;
        body["roleArn"] = _role;
        body["clientRequestToken"] = $"{order.Key}-{order.Attempt}";
        body["baseModelIdentifier"] = order.Model;
        body["trainingDataConfig"] = new JsonObject { ["s3Uri"] = fileId };
        body["outputDataConfig"] = new JsonObject { ["s3Uri"] = _bucket.Address(order.Name + "/") };
        body["jobTags"] = Tags(order);
        body["customModelTags"] = Tags(order);
        Reply reply = await _client.Control.SendOnceAsync(Creating, () => _client.Control.Request(HttpMethod.Post, Jobs, body), CancellationToken.None).ConfigureAwait(false);
        return reply switch
        {
            { Kind: ReplyKind.Done } when reply.Body.Text("jobArn") is not null
                => new Creation.Done(new RemoteJob(order.Name, RemoteState.Queued, "InProgress", _client.Control.Clock.Now()) { Attempt = order.Attempt }),
            { Kind: ReplyKind.NotCarriedOut } => new Creation.NotMade(reply.Said, reply.Wait),
            { Code: "ConflictException" } => new Creation.NameTaken(reply.Said),
            { Kind: ReplyKind.Refused } when reply.Said.Contains(fileId, StringComparison.Ordinal) => new Creation.FileGone(reply.Said),
            { Kind: ReplyKind.Refused } => throw TrainerErrors.Refused(_client.Control.Trainer, Creating, reply.Status, reply.Said),
            _ => new Creation.InDoubt(reply.Said),
        };
    }

    public async Task<RemoteJob?> GetAsync(string id, CancellationToken cancellation)
    {
        Reply reply = await _client.Control.GetAsync("a job's state", $"{Jobs}/{Uri.EscapeDataString(id)}", cancellation, missing: true).ConfigureAwait(false);
        return reply.Kind == ReplyKind.Done ? Read(reply.Body) : null;
    }

    public Task CancelAsync(string id, CancellationToken cancellation) => _client.Control.CancelJobAsync($"{Jobs}/{Uri.EscapeDataString(id)}/stop", cancellation);

    public Task DownloadAsync(RemoteJob job, string folder, CancellationToken cancellation) => throw new NotSupportedException("Bedrock keeps the weights.");

    /// <summary>A job as the list shows it, or in full: the model has another name in each.</summary>
    internal static RemoteJob Read(JsonElement job)
    {
        string name = job.Text("jobName") ?? "", status = job.Text("status") ?? "without a status";
        return new RemoteJob(name, StateOf(status), status, job.Time("creationTime"))
        {
            Attempt = name.Split('-') is [_, _, var attempt] ? attempt : TrainingOrder.FirstAttempt,
            Model = job.Text("outputModelArn") ?? job.Text("customModelArn"),
            Problem = job.Text("failureMessage"),
        };
    }

    private static RemoteState StateOf(string status) => status switch
    {
        "InProgress" => RemoteState.Running,
        "Completed" => RemoteState.Succeeded,
        "Failed" => RemoteState.Failed,
        "Stopping" => RemoteState.Cancelling,
        "Stopped" => RemoteState.Cancelled,
        _ => RemoteState.Unknown,
    };

    private static JsonArray Tags(TrainingOrder order) => [new JsonObject { ["key"] = KeyTag, ["value"] = order.Key }];

    private static async Task<Reply?> AllowedAsync(Func<Task<Reply>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (DiagnosticException refused) when (refused.Diagnostic.Code == TrainerErrors.RefusedCode)
        {
            return null;
        }
    }

    private HttpRequestMessage Object(HttpMethod method, TrainingFile file) => new(method, _client.Places.Object(_bucket.Name, _bucket.KeyOf(file.Name)));
}
