using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Credentials;

namespace ModelOps.Backends.Trainers.Vertex;

/// <summary>
/// Tuning jobs of Vertex AI. The key of a training travels in a job's labels, by which jobs are told apart in the list. The tuned model has an endpoint as soon as
/// there is one, asked by the token, so nothing is deployed and nothing is taken down here.
/// </summary>
internal sealed class VertexTrainer : IRemoteTrainer
{
    public const string KeyLabel = "modelops_key", AttemptLabel = "modelops_attempt";
    private const string State = "JOB_STATE_";
    private const int KeyLength = 48, PageSize = 100, MostPages = 1000, LargestReply = 1 << 20;
    private readonly ServiceAccount _account;
    private readonly ProviderClient _jobs;
    private readonly CloudStorage _rows;
    private readonly string _parent;

    public VertexTrainer(TrainerConnection connection)
    {
        string name = VertexDescription.Trainer.Name;
        ServiceAccountKey key = ServiceAccountKey.Read(connection.Key(name), connection.KeyVariable);
        _account = new ServiceAccount(key, connection.NewClient(LargestReply), connection.Clock);
        _jobs = new ProviderClient(name, connection, _account);
        _parent = $"/{VertexPlace.Of(connection.Url, connection.Environment, connection.KeyVariable).Parent}/tuningJobs";
        _rows = new CloudStorage(name, connection, _account);
    }

    public void Dispose()
    {
        _rows.Dispose();
        _jobs.Dispose();
        _account.Dispose();
    }

    /// <summary>Its API tells no date.</summary>
    public Task<DateOnly?> ShutdownOfAsync(string model, CancellationToken cancellation) => Task.FromResult<DateOnly?>(null);

    public Task<string?> FindFileAsync(TrainingFile file, CancellationToken cancellation) => _rows.FindAsync(file, cancellation);

    public Task<string> UploadAsync(TrainingFile file, CancellationToken cancellation) => _rows.UploadAsync(file, cancellation);

    public Task<decimal?> EstimateAsync(TrainingOrder order, string fileId, CancellationToken cancellation) => Task.FromResult<decimal?>(null);

    /// <summary>All jobs of the place are looked at: how the list is filtered by labels no source confirms.</summary>
    public async Task<IReadOnlyList<RemoteJob>> FindJobsAsync(TrainingOrder order, CancellationToken cancellation)
    {
        string label = LabelOf(order), next = "";
        var jobs = new List<RemoteJob>();
        for (int page = 0; page < MostPages; page++)
        {
            Reply reply = await _jobs.GetAsync("the list of jobs", $"{_parent}?pageSize={PageSize}{next}", cancellation).ConfigureAwait(false);
            jobs.AddRange(reply.Body.List("tuningJobs").Where(j => j.Member("labels") is { } labels && labels.Text(KeyLabel) == label).Select(Read));
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
        JsonObject body = order.Settings.DeepClone().AsObject();
        body[VertexDescription.SpecOf(body)]!["trainingDatasetUri"] = fileId;
        body["baseModel"] = order.Model;
        body["tunedModelDisplayName"] = order.Name;
        body["labels"] = new JsonObject { [KeyLabel] = LabelOf(order), [AttemptLabel] = order.Attempt };
        Reply reply = await _jobs.SendOnceAsync("the creation of a job", () => _jobs.Request(HttpMethod.Post, _parent, body), CancellationToken.None).ConfigureAwait(false);
        return reply switch
        {
            { Kind: ReplyKind.Done } when reply.Body.Text("name") is not null => new Creation.Done(Read(reply.Body)),
            { Kind: ReplyKind.NotCarriedOut } => new Creation.NotMade(reply.Said, reply.Wait),
            { Kind: ReplyKind.Refused } when reply.Said.Contains(fileId, StringComparison.Ordinal) => new Creation.FileGone(reply.Said),
            { Kind: ReplyKind.Refused } => throw TrainerErrors.Refused(_jobs.Trainer, "the creation of a job", reply.Status, reply.Said),
            _ => new Creation.InDoubt(reply.Said),
        };
    }

    public async Task<RemoteJob?> GetAsync(string id, CancellationToken cancellation)
    {
        Reply reply = await _jobs.GetAsync("a job's state", $"{_parent}/{Uri.EscapeDataString(id)}", cancellation, missing: true).ConfigureAwait(false);
        return reply.Kind == ReplyKind.Done ? Read(reply.Body) : null;
    }

    public Task CancelAsync(string id, CancellationToken cancellation) => _jobs.CancelJobAsync($"{_parent}/{Uri.EscapeDataString(id)}:cancel", cancellation);

    public Task DownloadAsync(RemoteJob job, string folder, CancellationToken cancellation) => throw new NotSupportedException("Google keeps the weights.");

    internal static RemoteJob Read(JsonElement job)
    {
        string name = job.Text("name") ?? "", status = job.Text("state") ?? "without a state";
        return new RemoteJob(name[(name.LastIndexOf('/') + 1)..], StateOf(status, isOver: job.Member("endTime") is not null), status, job.Time("createTime"))
        {
            Attempt = job.Member("labels") is { } labels && labels.Text(AttemptLabel) is { } attempt ? attempt : TrainingOrder.FirstAttempt,
            Model = job.Member("tunedModel") is { } tuned && tuned.Text("endpoint") is { Length: > 0 } endpoint ? endpoint : null,
            Problem = job.Member("error") is { } error ? error.Text("message") : null,
            TrainedTokens = job.Member("tuningDataStats") is { ValueKind: JsonValueKind.Object } data ? data.EnumerateObject().Select(kind => TokensOf(kind.Value)).FirstOrDefault(t => t is not null) : null,
        };
    }

    /// <summary>A job that succeeded in part is not among the states at which Google's own client stops, so its end must be said as well.</summary>
    private static RemoteState StateOf(string state, bool isOver) => (state.StartsWith(State, StringComparison.Ordinal) ? state[State.Length..] : state) switch
    {
        "QUEUED" or "PENDING" => RemoteState.Queued,
        "RUNNING" or "UPDATING" => RemoteState.Running,
        "PAUSED" => RemoteState.Paused,
        "CANCELLING" => RemoteState.Cancelling,
        "SUCCEEDED" => RemoteState.Succeeded,
        "FAILED" or "EXPIRED" => RemoteState.Failed,
        "PARTIALLY_SUCCEEDED" => isOver ? RemoteState.Failed : RemoteState.Running,
        "CANCELLED" => RemoteState.Cancelled,
        _ => RemoteState.Unknown,
    };

    // Whole numbers of 64 bits are texts in Google's JSON; numbers are taken too.
    private static long? TokensOf(JsonElement data)
        => data.Whole("totalBillableTokenCount") ?? (long.TryParse(data.Text("totalBillableTokenCount"), CultureInfo.InvariantCulture, out long tokens) ? tokens : null);

    /// <summary>A label has 63 characters at most by the general rule of Google Cloud; 48 of the key's digits are unique enough.</summary>
    private static string LabelOf(TrainingOrder order) => order.Key[..KeyLength];
}
