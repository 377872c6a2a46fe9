using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace ModelOps.TestUtilities.Providers;

/// <summary>
/// Vertex AI's tuning jobs and <c>generateContent</c> (python-genai, 2026-08-21, and the published proto files), Cloud Storage's JSON API, and Google's sign-in, as
/// published. A job's labels and the rows' format are checked as there.
/// </summary>
public sealed class FakeVertex : FakeProvider
{
    public const string Project = "acme-ml", Location = "us-central1", Bucket = "acme-rows", Folder = "tuning";
    private const string State = "JOB_STATE_", Parent = $"/projects/{Project}/locations/{Location}", Number = "projects/123456/locations/" + Location;
    private static readonly string[] s_steps = ["QUEUED", "PENDING", "RUNNING", "RUNNING", "SUCCEEDED"];
    private readonly Dictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly List<FakeJob> _jobs = [];
    private readonly FakeSignIn _signIn = new();
    private int _next;

    public string Model { get; init; } = "gemini-2.5-flash";

    public bool FailsValidation { get; set; }

    public bool LosesJobs { get; set; }

    public bool ForgetsFiles { get; set; }

    /// <inheritdoc cref="FakeOpenAi.StrangeStatus"/>
    public string? StrangeStatus { get; set; }

    public bool IsStuck { get; set; }

    public int ListLag { get; set; }

    /// <summary>After so many requests a token is refused, whatever its time.</summary>
    public int TokenUses { get => _signIn.Uses; set => _signIn.Uses = value; }

    /// <summary>What the tuned model answers.</summary>
    public Func<string, string> Say { get; set; } = question => question;

    public IReadOnlyList<FakeJob> Jobs => _jobs;

    public IReadOnlyDictionary<string, byte[]> Objects => _objects;

    public long Now { get; set; } = 1_790_000_000;

    /// <summary>The statements with which somebody signed in, their claims as JSON.</summary>
    public IReadOnlyList<JsonObject> SignIns => _signIn.Claims;

    /// <summary>The environment that a machine needs besides the key file.</summary>
    public static Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal)
    {
        ["GOOGLE_CLOUD_LOCATION"] = Location, ["GOOGLE_CLOUD_STORAGE_BUCKET"] = $"gs://{Bucket}/{Folder}",
    };

    /// <summary>A key file as Google's console writes it.</summary>
    public string KeyFile(string tokenUrl = "https://oauth2.test/token") => _signIn.KeyFile(Project, tokenUrl);

    /// <summary>A line of the private key, which nobody may ever see.</summary>
    public static string KeyCanary => FakeSignIn.KeyCanary;

    /// <summary>A permission for those who do not sign in.</summary>
    public string Token() => _signIn.Issue();

    public static string EndpointOf(FakeJob job) => $"{Number}/endpoints/9{job.Id}";

    /// <summary>All jobs are over, so that nobody has to wait.</summary>
    public void Finish() => _jobs.ForEach(j => (j.Status, j.Paid) = ("SUCCEEDED", true));

    protected override bool IsAuthorized(FakeRequest request) => request.Path == "/token" || _signIn.IsKnown(request.Header("Authorization"));

    protected override JsonObject ErrorBody(int status, string message, string code, string? param)
    {
        var error = new JsonObject { ["code"] = status, ["message"] = message, ["status"] = status switch { 401 => "UNAUTHENTICATED", 403 => "PERMISSION_DENIED", 404 => "NOT_FOUND", 429 => "RESOURCE_EXHAUSTED", _ => "INVALID_ARGUMENT" } };
        if (code == "insufficient_quota")
        {
            error["details"] = new JsonArray(new JsonObject { ["@type"] = "type.googleapis.com/google.rpc.QuotaFailure", ["violations"] = new JsonArray() });
        }

        return new JsonObject { ["error"] = error };
    }

    protected override FakeReply Carry(FakeRequest request)
    {
        if (request.Path == "/token")
        {
            return _signIn.Grant(request);
        }

        if (request.Path.StartsWith("/storage/", StringComparison.Ordinal) || request.Path.StartsWith("/upload/", StringComparison.Ordinal))
        {
            return Store(request);
        }

        string tuned = _jobs.Find(j => request.Path.StartsWith($"/{EndpointOf(j)}:", StringComparison.Ordinal)) is { } job ? EndpointOf(job) : "";
        if (tuned.Length > 0 || request.Path.StartsWith($"{Parent}/publishers/google/models/{Model}:", StringComparison.Ordinal))
        {
            return Answer(request, tuned.Length > 0);
        }

        return !request.Path.StartsWith($"{Parent}/tuningJobs", StringComparison.Ordinal) ? throw new NotAllowedException(404, $"Not found ({request.Route})") : request.Path[$"{Parent}/tuningJobs".Length..].TrimStart('/') switch
        {
            "" when request.Method == "POST" => Create(request),
            "" when request.Method == "GET" => List(request),
            var id when request.Method == "GET" => FakeReply.Ok(Shown(Advance(Job(id)))),
            var id when request.Method == "POST" && id.EndsWith(":cancel", StringComparison.Ordinal) => Cancel(Job(id[..^7])),
            _ => throw new NotAllowedException(404, $"Not found ({request.Route})"),
        };
    }

    private FakeReply Store(FakeRequest request)
    {
        const string Root = $"/storage/v1/b/{Bucket}/o";
        string path = Uri.UnescapeDataString(request.Path);
        if (request.Method == "POST" && path == "/upload" + Root)
        {
            Query(request, "uploadType", "name");
            _ = request.Query["uploadType"] == "media" && request.Header("Content-Type") == "application/jsonl" ? 0 : throw new NotAllowedException(400, "expected an upload of media");
            _objects[request.Query["name"]] = request.Body;
            return FakeReply.Ok(Object(request.Query["name"]));
        }

        Query(request, "fields");
        return request.Method == "GET" && path.StartsWith(Root + "/", StringComparison.Ordinal) && path[(Root.Length + 1)..] is var name && _objects.ContainsKey(name) ? FakeReply.Ok(Object(name))
            : throw new NotAllowedException(404, "No such object");
    }

    // What the storage computes of every object.
#pragma warning disable CA5351
    private JsonObject Object(string name) => new() { ["name"] = name, ["md5Hash"] = Convert.ToBase64String(System.Security.Cryptography.MD5.HashData(_objects[name])) };
#pragma warning restore CA5351

    private FakeReply Create(FakeRequest request)
    {
        JsonObject body = request.Json;
        Query(request);
        string kind = body.ContainsKey("preferenceOptimizationSpec") ? "preferenceOptimizationSpec" : "supervisedTuningSpec";
        Members(body, "", ["baseModel", kind], ["tunedModelDisplayName", "description", "labels"]);
        _ = (string)body["baseModel"]! == Model ? 0 : throw new NotAllowedException(404, $"Base model {body["baseModel"]} is not supported");
        Labels(body["labels"]!.AsObject());
        _ = ((string)body["tunedModelDisplayName"]!).Length <= 128 ? 0 : throw new NotAllowedException(400, "tunedModelDisplayName is too long");
        JsonObject spec = body[kind]!.AsObject(), values = spec["hyperParameters"]!.AsObject();
        Members(spec, $"{kind}.", ["trainingDatasetUri"], ["validationDatasetUri", "exportLastCheckpointOnly", "hyperParameters"]);
        Members(values, $"{kind}.hyperParameters.", [], kind[0] == 'p' ? ["epochCount", "learningRateMultiplier", "adapterSize", "beta"] : ["epochCount", "learningRateMultiplier", "adapterSize"]);
        _ = (long)values["epochCount"]! >= 1 ? 0 : throw new NotAllowedException(400, "epochCount");
        _ = (string)values["adapterSize"]! is "ADAPTER_SIZE_ONE" or "ADAPTER_SIZE_TWO" or "ADAPTER_SIZE_FOUR" or "ADAPTER_SIZE_EIGHT" or "ADAPTER_SIZE_SIXTEEN" or "ADAPTER_SIZE_THIRTY_TWO" ? 0 : throw new NotAllowedException(400, "adapterSize");
        if (ForgetsFiles)
        {
            ForgetsFiles = false;
            _objects.Clear();
        }

        string rows = (string)spec["trainingDatasetUri"]!, root = $"gs://{Bucket}/";
        _ = rows.StartsWith(root, StringComparison.Ordinal) && _objects.ContainsKey(rows[root.Length..]) ? 0 : throw new NotAllowedException(400, $"The object {rows} does not exist.");
        var job = new FakeJob { Id = $"{++_next:D9}", Created = Now++, Request = body, Status = s_steps[0] };
        _jobs.Add(job);
        return FakeReply.Ok(Shown(job));
    }

    private static void Labels(JsonObject labels)
    {
        foreach ((string name, JsonNode? value) in labels)
        {
            string text = (string)value!;
            _ = text.Length <= 63 && (name + text).All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-') ? 0 : throw new NotAllowedException(400, $"the label {name} is not allowed");
        }
    }

    private FakeReply List(FakeRequest request)
    {
        Query(request, "filter", "pageSize", "pageToken");
        FakeJob[] shown = [.. _jobs.Where(j => !LosesJobs && (j.Listings++ >= ListLag || j.Status != s_steps[0])).Reverse<FakeJob>()];
        int from = int.Parse(request.Query.GetValueOrDefault("pageToken", "0"), CultureInfo.InvariantCulture), size = 2; // a page may always have less than was asked for
        return FakeReply.Ok(new JsonObject { ["tuningJobs"] = new JsonArray([.. shown.Skip(from).Take(size).Select(Shown)]), ["nextPageToken"] = from + size < shown.Length ? $"{from + size}" : "" });
    }

    private static FakeReply Cancel(FakeJob job)
    {
        if (job.Status is "SUCCEEDED" or "FAILED" or "CANCELLED")
        {
            throw new NotAllowedException(400, $"A job that is {job.Status} cannot be cancelled");
        }

        job.Status = "CANCELLED";
        return FakeReply.Ok(new JsonObject());
    }

    private FakeJob Advance(FakeJob job)
    {
        int at = Array.LastIndexOf(s_steps, job.Status);
        if (StrangeStatus is { } strange && job.Status == "RUNNING" && (IsStuck || !job.WasStrange))
        {
            (job.Status, job.WasStrange) = (strange, true);
        }
        else if (at < 0)
        {
            job.Status = job.WasStrange && !IsStuck && job.Status is not ("FAILED" or "CANCELLED") ? "RUNNING" : job.Status;
        }
        else if (at == 1 && (FailsValidation ? "the dataset could not be validated" : RowsOf(job).Select(VertexRows.Problem).FirstOrDefault(p => p is not null)) is { } why)
        {
            (job.Status, job.Problem) = ("FAILED", why);
        }
        else if (at < s_steps.Length - 1)
        {
            job.Status = job.Status == "RUNNING" && job.Looks++ % 2 == 0 ? "RUNNING" : s_steps[at + 1]; // stands twice in the list
            job.Paid |= job.Status is "RUNNING" or "SUCCEEDED";
        }

        return job;
    }

    private IEnumerable<(JsonObject, bool)> RowsOf(FakeJob job)
    {
        bool dpo = job.Request.ContainsKey("preferenceOptimizationSpec");
        string rows = (string)job.Request[dpo ? "preferenceOptimizationSpec" : "supervisedTuningSpec"]!["trainingDatasetUri"]!;
        return Encoding.UTF8.GetString(_objects[rows[$"gs://{Bucket}/".Length..]]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (JsonNode.Parse(line)!.AsObject(), dpo));
    }

    private FakeJob Job(string id) => !LosesJobs && _jobs.Find(j => j.Id == id) is { } job ? job : throw new NotAllowedException(404, $"TuningJob {id} is not found.");

    private static JsonObject Shown(FakeJob job)
    {
        JsonObject shown = job.Request.DeepClone().AsObject();
        shown["name"] = $"{Number}/tuningJobs/{job.Id}";
        shown["createTime"] = DateTimeOffset.FromUnixTimeSeconds(job.Created).ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
        shown["state"] = State + job.Status;
        if (job.Status is "SUCCEEDED" or "FAILED" or "CANCELLED")
        {
            shown["endTime"] = shown["createTime"]!.DeepClone();
        }

        if (job.Status == "SUCCEEDED")
        {
            shown["tunedModel"] = new JsonObject { ["model"] = $"{Number}/models/8{job.Id}@1", ["endpoint"] = EndpointOf(job) };
            shown["tuningDataStats"] = new JsonObject { [job.Request.ContainsKey("preferenceOptimizationSpec") ? "preferenceOptimizationDataStats" : "supervisedTuningDataStats"] = new JsonObject { ["totalBillableTokenCount"] = "4321" } };
        }

        if (job.Status is "FAILED" or "CANCELLED")
        {
            shown["error"] = new JsonObject { ["code"] = job.Status == "FAILED" ? 3 : 1, ["message"] = job.Problem ?? "cancelled" };
        }

        return shown;
    }

    private FakeReply Answer(FakeRequest request, bool tuned)
    {
        JsonObject body = request.Json, generation = body["generationConfig"]!.AsObject();
        bool streamed = request.Path.EndsWith(":streamGenerateContent", StringComparison.Ordinal);
        Query(request, streamed ? ["alt"] : []);
        Members(body, "", ["contents"], ["systemInstruction", "generationConfig"]);
        Members(generation, "generationConfig.", [], ["temperature", "topP", "topK", "maxOutputTokens", "stopSequences", "seed", "responseMimeType", "responseJsonSchema"]);
        VertexRows.CheckContents(body);
        _ = body["contents"]!.AsArray()[^1]!["role"]!.GetValue<string>() == "user" ? 0 : throw new NotAllowedException(400, "the last content must be the user's");
        string question = (string)body["contents"]!.AsArray()[^1]!["parts"]![0]!["text"]!, said = tuned ? Say(question) : "I do not know.";
        JsonObject[] pieces = streamed ? [Piece(said[..(said.Length / 2)], last: false), Piece(said[(said.Length / 2)..], last: true)] : [Piece(said, last: true)];
        return !streamed ? FakeReply.Ok(pieces[0]) : new FakeReply(200, Encoding.UTF8.GetBytes(string.Concat(pieces.Select(p => $"data: {p.ToJsonString()}\r\n\r\n"))), "text/event-stream");

        JsonObject Piece(string text, bool last)
        {
            var candidate = new JsonObject { ["content"] = new JsonObject { ["role"] = "model", ["parts"] = new JsonArray(new JsonObject { ["text"] = text }) } };
            var piece = new JsonObject { ["candidates"] = new JsonArray(candidate), ["modelVersion"] = Model };
            if (last)
            {
                candidate["finishReason"] = "STOP";
                piece["usageMetadata"] = new JsonObject { ["promptTokenCount"] = question.Length / 4, ["candidatesTokenCount"] = 2, ["thoughtsTokenCount"] = 1, ["totalTokenCount"] = (question.Length / 4) + 3 };
            }

            return piece;
        }
    }
}
