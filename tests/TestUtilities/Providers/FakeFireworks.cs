using System.Globalization;
using System.Text.Json.Nodes;

namespace ModelOps.TestUtilities.Providers;

/// <summary>Fireworks' datasets, jobs and models, as its published Python package has them (fw-ai-external/python-sdk, 2026-07-21). A job's id is the caller's, and used once.</summary>
public sealed class FakeFireworks : FakeProvider
{
    public const string Account = "acme";
    private const string State = "JOB_STATE_", Root = "/accounts/" + Account;
    private static readonly string[] s_steps = ["CREATING", "VALIDATING", "RUNNING", "WRITING_RESULTS", "COMPLETED"];
    private readonly Dictionary<string, (byte[]? Content, int Looks)> _datasets = new(StringComparer.Ordinal);
    private readonly List<FakeJob> _jobs = [];
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    public string Model { get; init; } = "accounts/fireworks/models/llama-v3p2-1b-instruct";

    public bool FailsValidation { get; set; }

    public bool LosesJobs { get; set; }

    public bool ForgetsFiles { get; set; }

    /// <inheritdoc cref="FakeOpenAi.StrangeStatus"/>
    public string? StrangeStatus { get; set; }

    public bool IsStuck { get; set; }

    public int ListLag { get; set; }

    public int BadDownloads { get; set; }

    public IReadOnlyList<FakeJob> Jobs => _jobs;

    public long Now { get; set; } = 1_790_000_000;

    protected override bool IsAuthorized(FakeRequest request)
        => request.Path.StartsWith("/signed/", StringComparison.Ordinal) ? request.Header("Authorization") is null : base.IsAuthorized(request);

    // google.rpc.Status as JSON.
    protected override JsonObject ErrorBody(int status, string message, string code, string? param) => new() { ["code"] = status, ["message"] = message };

    protected override FakeReply Carry(FakeRequest request)
    {
        if (request.Path.StartsWith("/signed/", StringComparison.Ordinal))
        {
            byte[] content = TinyAdapter.File(request.Path[8..]);
            return new FakeReply(200, BadDownloads-- > 0 ? content[..(content.Length / 2)] : content, "application/octet-stream");
        }

        if (!request.Path.StartsWith(Root + "/", StringComparison.Ordinal))
        {
            throw new NotAllowedException(403, "another account");
        }

        return request.Path[(Root.Length + 1)..].Split('/') switch
        {
            ["datasets"] when request.Method == "POST" => MakeDataset(request.Json),
            ["datasets", var id] when request.Method == "GET" => FakeReply.Ok(Dataset(id)),
            ["datasets", var id] when request.Method == "POST" && id.EndsWith(":upload", StringComparison.Ordinal) => Upload(request, id[..^7]),
            [var kind] when request.Method == "POST" && IsKind(kind) => Create(request, kind),
            [var kind] when request.Method == "GET" && IsKind(kind) => List(request, kind),
            [var kind, var id] when request.Method == "GET" && IsKind(kind) => FakeReply.Ok(Shown(Advance(Job(kind, id)))),
            [var kind, var id] when request.Method == "DELETE" && IsKind(kind) => Delete(Job(kind, id)),
            ["models", var id] when request.Method == "GET" && id.EndsWith(":getDownloadEndpoint", StringComparison.Ordinal) => Addresses(id[..id.IndexOf(':', StringComparison.Ordinal)]),
            _ => throw new NotAllowedException(404, $"Not found ({request.Route})"),
        };
    }

    private static bool IsKind(string kind) => kind is "supervisedFineTuningJobs" or "dpoJobs";

    private FakeReply MakeDataset(JsonObject body)
    {
        Members(body, "", ["datasetId", "dataset"], []);
        JsonObject dataset = body["dataset"]!.AsObject();
        Members(dataset, "dataset.", ["format", "exampleCount", "userUploaded"], ["displayName"]);
        string id = Id((string)body["datasetId"]!);
        _ = int.Parse((string)dataset["exampleCount"]!, CultureInfo.InvariantCulture) >= 3 && (string)dataset["format"]! == "CHAT" ? 0 : throw new NotAllowedException(400, "fewer than 3 examples");
        if (!_datasets.TryAdd(id, (null, 0)))
        {
            throw new NotAllowedException(409, $"dataset {id} ALREADY_EXISTS");
        }

        return FakeReply.Ok(Dataset(id));
    }

    private FakeReply Upload(FakeRequest request, string id)
    {
        Dictionary<string, byte[]> form = Form(request);
        _ = form.Keys.All(k => k is "file" or "file:filename") && _datasets.ContainsKey(id) ? 0 : throw new NotAllowedException(400, $"dataset {id} takes a file");
        _datasets[id] = (form["file"], 0);
        return FakeReply.Ok(new JsonObject());
    }

    private JsonObject Dataset(string id)
    {
        if (!_datasets.TryGetValue(id, out (byte[]? Content, int Looks) dataset))
        {
            throw new NotAllowedException(404, $"dataset {id} not found");
        }

        _datasets[id] = dataset with { Looks = dataset.Looks + 1 };
        return new JsonObject { ["name"] = $"{Root[1..]}/datasets/{id}", ["state"] = dataset.Content is null || dataset.Looks < 1 ? "UPLOADING" : "READY", ["status"] = new JsonObject { ["code"] = "OK" } };
    }

    private FakeReply Create(FakeRequest request, string kind)
    {
        bool dpo = kind == "dpoJobs";
        string id = Id(request.Query[dpo ? "dpoJobId" : "supervisedFineTuningJobId"]);
        JsonObject body = request.Json, training = dpo ? body["trainingConfig"]!.AsObject() : body;
        string[] parts = ["baseModel", "outputModel", "epochs", "learningRate", "loraRank", "maxContextLength", "batchSizeSamples", "gradientAccumulationSteps", "optimizerWeightDecay"];
        if (dpo)
        {
            Members(body, "", ["dataset", "lossConfig", "trainingConfig"], ["displayName"]);
            Members(training, "trainingConfig.", ["baseModel"], parts);
            Members(body["lossConfig"]!.AsObject(), "lossConfig.", ["method"], ["dpo", "klBeta"]);
            _ = (string)body["lossConfig"]!["method"]! == "DPO" && (double)body["lossConfig"]!["dpo"]!["beta"]! is > 0 and < 0.5 ? 0 : throw new NotAllowedException(400, "beta must be between 0 and 0.5");
        }
        else
        {
            Members(body, "", ["dataset", "baseModel"], [.. parts, "displayName"]);
        }

        _ = (string)training["baseModel"]! == Model ? 0 : throw new NotAllowedException(404, $"model {training["baseModel"]} not found");
        if (ForgetsFiles)
        {
            ForgetsFiles = false;
            _datasets.Clear();
        }

        string dataset = ((string)body["dataset"]!).Split('/')[^1];
        _ = (string)body["dataset"]! == $"{Root[1..]}/datasets/{dataset}" && _datasets.TryGetValue(dataset, out (byte[]? Content, int Looks) there) && there.Content is not null
            ? 0 : throw new NotAllowedException(400, $"dataset {dataset} is not READY");
        if (!_used.Add(id))
        {
            throw new NotAllowedException(409, $"job {id} ALREADY_EXISTS");
        }

        var job = new FakeJob { Id = $"{kind}/{id}", Created = Now++, Request = body, Status = s_steps[0] };
        _jobs.Add(job);
        return FakeReply.Ok(Shown(job));
    }

    private FakeReply List(FakeRequest request, string kind)
    {
        Query(request, "filter", "orderBy", "pageSize", "pageToken", "readMask");
        JsonNode[] shown = [.. _jobs.Where(j => j.Id.StartsWith(kind, StringComparison.Ordinal) && j.Status != "GONE" && !LosesJobs && (j.Listings++ >= ListLag || j.Status != s_steps[0])).Select(Shown)];
        return FakeReply.Ok(new JsonObject { [kind] = new JsonArray(shown), ["nextPageToken"] = "", ["totalSize"] = shown.Length });
    }

    private FakeReply Delete(FakeJob job)
    {
        job.Status = "GONE";
        return FakeReply.Ok(new JsonObject());
    }

    private FakeJob Advance(FakeJob job)
    {
        int at = Array.IndexOf(s_steps, job.Status);
        if (StrangeStatus is { } strange && job.Status == "RUNNING" && (IsStuck || !job.WasStrange))
        {
            (job.Status, job.WasStrange) = (strange, true);
        }
        else if (at < 0)
        {
            job.Status = job.WasStrange && !IsStuck && job.Status is not ("FAILED" or "GONE") ? "WRITING_RESULTS" : job.Status;
        }
        else if (at == 1 && FailsValidation)
        {
            (job.Status, job.Problem) = ("FAILED", "the dataset could not be validated");
        }
        else if (at < s_steps.Length - 1)
        {
            job.Status = s_steps[at + 1];
            job.Paid |= job.Status == "RUNNING";
        }

        return job;
    }

    private FakeReply Addresses(string model)
    {
        FakeJob job = _jobs.Find(j => j.Status == "COMPLETED" && ((string)(j.Request["trainingConfig"] ?? j.Request)["outputModel"]!).EndsWith("/" + model, StringComparison.Ordinal))
            ?? throw new NotAllowedException(404, $"model {model} not found");
        _ = job;
        return FakeReply.Ok(new JsonObject
        {
            ["filenameToSignedUrls"] = new JsonObject
            {
                ["adapter_config.json"] = "https://storage.test/signed/adapter_config.json", ["adapter_model.safetensors"] = "https://storage.test/signed/adapter_model.safetensors",
            },
        });
    }

    private FakeJob Job(string kind, string id) => !LosesJobs && _jobs.Find(j => j.Id == $"{kind}/{id}" && j.Status != "GONE") is { } job ? job : throw new NotAllowedException(404, $"job {id} not found");

    private JsonObject Shown(FakeJob job)
    {
        JsonObject shown = job.Request.DeepClone().AsObject();
        shown["name"] = $"{Root[1..]}/{job.Id}";
        shown["createTime"] = DateTimeOffset.FromUnixTimeSeconds(job.Created).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        shown["state"] = State + job.Status;
        shown["status"] = new JsonObject { ["code"] = job.Problem is null ? "OK" : "INVALID_ARGUMENT", ["message"] = job.Problem ?? "" };
        shown["jobProgress"] = new JsonObject { ["percent"] = 50, ["inputTokens"] = job.Paid ? "4321" : "0" };
        return shown;
    }

    private static string Id(string id)
        => id.Length is > 0 and <= 63 && char.IsAsciiLetterLower(id[0]) && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') ? id : throw new NotAllowedException(400, $"'{id}' is no id");
}
