using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace ModelOps.TestUtilities.Providers;

/// <summary>
/// Azure OpenAI as its published specification has it (azure-rest-api-specs, data plane 2025-04-01-preview; deployments by the management of resources, 2024-10-21):
/// two planes with a key each, files that need a byte order mark and time, jobs without metadata, and models that answer only as deployments.
/// </summary>
public sealed class FakeAzure : FakeProvider
{
    public const string Resource = "/subscriptions/0000-1111/resourceGroups/triage/providers/Microsoft.CognitiveServices/accounts/contoso";
    public const string ManagementToken = "eyJhbGciOi.canary-5e81c0.c2lnbmVk";
    private static readonly string[] s_steps = ["pending", "queued", "running", "running", "succeeded"];
    private readonly Dictionary<string, (string Name, byte[] Content, int Looks)> _files = new(StringComparer.Ordinal);
    private readonly List<FakeJob> _jobs = [];
    private int _next;

    public string Model { get; init; } = "gpt-4.1-nano-2025-04-14";

    /// <summary>From when on the base model does not answer any more.</summary>
    public DateOnly? Shutdown { get; set; }

    public bool FailsValidation { get; set; }

    public bool LosesJobs { get; set; }

    public bool ForgetsFiles { get; set; }

    /// <inheritdoc cref="FakeOpenAi.StrangeStatus"/>
    public string? StrangeStatus { get; set; }

    public bool IsStuck { get; set; }

    public int ListLag { get; set; }

    /// <summary>What the tuned model answers.</summary>
    public Func<string, string> Say { get; set; } = question => question;

    public IReadOnlyList<FakeJob> Jobs => _jobs;

    public IEnumerable<byte[]> Uploaded => _files.Values.Select(f => f.Content);

    /// <summary>What stands there, by name, with the body that asked for it.</summary>
    public Dictionary<string, (JsonObject Body, int Looks)> Deployments { get; } = new(StringComparer.Ordinal);

    /// <summary>So many looks show a deployment as being created.</summary>
    public int ReadyAfter { get; set; } = 2;

    public long Now { get; set; } = 1_790_000_000;

    /// <summary>All jobs are over, so that nobody has to wait.</summary>
    public void Finish() => _jobs.ForEach(j => (j.Status, j.Paid) = ("succeeded", true));

    public static string ModelOf(FakeJob job) => $"{job.Request["model"]}.ft-{job.Id[6..]}{job.Request["suffix"]}";

    protected override bool IsAuthorized(FakeRequest request) => request.Path.StartsWith("/subscriptions/", StringComparison.Ordinal)
        ? request.Header("Authorization") == $"Bearer {ManagementToken}" && request.Header("api-key") is null
        : request.Header("api-key") == Key && request.Header("Authorization") is null;

    protected override JsonObject ErrorBody(int status, string message, string code, string? param)
        => new() { ["error"] = new JsonObject { ["code"] = code, ["message"] = message, ["target"] = param, ["innererror"] = new JsonObject { ["code"] = "invalidPayload" } } };

    protected override FakeReply Carry(FakeRequest request) => request.Path.StartsWith(Resource + "/deployments", StringComparison.Ordinal) ? Manage(request, request.Path[(Resource.Length + 12)..].Trim('/'))
        : request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["files"] when request.Method == "POST" => Upload(request),
            ["files"] when request.Method == "GET" => ListFiles(request),
            ["files", var id] when request.Method == "GET" => FakeReply.Ok(File(Known(id), look: true)),
            ["models"] when request.Method == "GET" => Models(request),
            ["fine_tuning", "jobs"] when request.Method == "POST" => Create(request),
            ["fine_tuning", "jobs"] when request.Method == "GET" => ListJobs(request),
            ["fine_tuning", "jobs", var id] when request.Method == "GET" => FakeReply.Ok(Shown(Advance(Job(id)))),
            ["fine_tuning", "jobs", var id, "cancel"] when request.Method == "POST" => Cancel(request, Job(id)),
            ["chat", "completions"] when request.Method == "POST" => Answer(request),
            _ => throw new NotAllowedException(404, $"Resource not found ({request.Route})"),
        };

    private FakeReply Upload(FakeRequest request)
    {
        Query(request);
        Dictionary<string, byte[]> form = Form(request);
        string name = Encoding.UTF8.GetString(form["file:filename"]);
        if (form.Keys.Any(k => k is not ("file" or "file:filename" or "purpose")) || Encoding.UTF8.GetString(form["purpose"]) != "fine-tune" || !name.EndsWith(".jsonl", StringComparison.Ordinal))
        {
            throw new NotAllowedException(400, "expected purpose and a .jsonl file, and nothing else");
        }

        string id = $"file-{++_next:x32}";
        _files[id] = (name, form["file"], 0);
        return FakeReply.Ok(File(id, look: false), 201);
    }

    private FakeReply ListFiles(FakeRequest request)
    {
        Query(request, "purpose");
        return FakeReply.Ok(new JsonObject { ["object"] = "list", ["data"] = new JsonArray([.. _files.Keys.ToArray().Select(id => File(id, look: false))]) });
    }

    private FakeReply Models(FakeRequest request)
    {
        Query(request);
        var listed = new JsonObject
        {
            ["id"] = Model, ["object"] = "model", ["created_at"] = Now, ["capabilities"] = new JsonObject { ["fine_tune"] = true }, ["lifecycle_status"] = "generally-available",
            ["deprecation"] = Shutdown is { } day ? new JsonObject { ["inference"] = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds() } : new JsonObject(),
        };
        return FakeReply.Ok(new JsonObject { ["object"] = "list", ["data"] = new JsonArray(listed) });
    }

    private FakeReply Create(FakeRequest request)
    {
        JsonObject body = request.Json;
        Query(request);
        Members(body, "", ["model", "training_file"], ["validation_file", "suffix", "seed", "method", "integrations", "trainingType"]);
        _ = (string)body["model"]! == Model ? 0 : throw new NotAllowedException(404, $"The model '{body["model"]}' does not exist", "modelNotFound");
        string suffix = (string)body["suffix"]!;
        _ = suffix.Length is > 0 and <= 40 && suffix.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? 0 : throw new NotAllowedException(400, $"suffix is '{suffix}'");
        FakeOpenAi.Whole(body, "seed", 0, int.MaxValue);
        Method(body["method"]!.AsObject());
        if (ForgetsFiles)
        {
            ForgetsFiles = false;
            _files.Clear();
        }

        string file = (string)body["training_file"]!;
        _ = _files.TryGetValue(file, out (string Name, byte[] Content, int Looks) rows) && rows.Looks > 1 ? 0
            : throw new NotAllowedException(400, $"The file '{file}' does not exist or is not processed", "invalidPayload", "training_file");
        var job = new FakeJob { Id = $"ftjob-{++_next:x32}", Created = Now++, Request = body, Status = s_steps[0] };
        _jobs.Add(job);
        return FakeReply.Ok(Shown(job), 201);
    }

    /// <summary>Numbers alone: the specification has no <c>auto</c>.</summary>
    private static void Method(JsonObject method)
    {
        string type = (string)method["type"]!;
        Members(method, "method.", ["type", type], []);
        _ = type is "supervised" or "dpo" ? 0 : throw new NotAllowedException(400, $"Invalid value: '{type}'");
        Members(method[type]!.AsObject(), $"method.{type}.", [], ["hyperparameters"]);
        JsonObject values = method[type]!["hyperparameters"]!.AsObject();
        Members(values, "hyperparameters.", [], type == "dpo" ? ["n_epochs", "batch_size", "learning_rate_multiplier", "beta"] : ["n_epochs", "batch_size", "learning_rate_multiplier"]);
        foreach ((string name, JsonNode? value) in values)
        {
            _ = (double)value! > 0 ? 0 : throw new NotAllowedException(400, $"{name} is {value}");
        }
    }

    private FakeReply ListJobs(FakeRequest request)
    {
        Query(request, "after", "limit");
        int limit = int.Parse(request.Query.GetValueOrDefault("limit", "20"), CultureInfo.InvariantCulture);
        List<FakeJob> shown = [.. _jobs.Where(j => !LosesJobs && (j.Listings++ >= ListLag || j.Status != s_steps[0])).Reverse<FakeJob>()];
        shown = request.Query.TryGetValue("after", out string? after) ? [.. shown.SkipWhile(j => j.Id != after).Skip(1)] : shown;
        return FakeReply.Ok(new JsonObject { ["object"] = "list", ["data"] = new JsonArray([.. shown.Take(limit).Select(Shown)]), ["has_more"] = shown.Count > limit });
    }

    private FakeReply Cancel(FakeRequest request, FakeJob job)
    {
        Query(request);
        job.Status = job.Status is "succeeded" or "failed" or "cancelled" ? throw new NotAllowedException(400, $"{job.Id} is over and cannot be cancelled") : "cancelled";
        return FakeReply.Ok(Shown(job));
    }

    private FakeJob Advance(FakeJob job)
    {
        int at = Array.LastIndexOf(s_steps, job.Status);
        if (StrangeStatus is { } strange && job.Status == "running" && (IsStuck || !job.WasStrange))
        {
            (job.Status, job.WasStrange) = (strange, true);
        }
        else if (at < 0)
        {
            job.Status = job.WasStrange && !IsStuck && job.Status is not ("failed" or "cancelled") ? "running" : job.Status;
        }
        else if (at == 0 && Invalid(job) is { } why)
        {
            (job.Status, job.Problem) = ("failed", why);
        }
        else if (at < s_steps.Length - 1)
        {
            job.Status = job.Status == "running" && job.Looks++ % 2 == 0 ? "running" : s_steps[at + 1];
            job.Paid |= job.Status is "running" or "succeeded";
        }

        return job;
    }

    private string? Invalid(FakeJob job)
    {
        byte[] content = _files[(string)job.Request["training_file"]!].Content;
        if (FailsValidation || content is not [0xEF, 0xBB, 0xBF, ..])
        {
            return FailsValidation ? "The training file is not valid." : "The training file must be UTF-8 with a byte-order mark.";
        }

        string[] lines = Encoding.UTF8.GetString(content.AsSpan(3)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        bool dpo = (string)job.Request["method"]!["type"]! == "dpo";
        return lines.Length < 10 ? "expected 10 examples or more" : lines.Select(l => FakeOpenAi.Row(JsonNode.Parse(l)!.AsObject(), dpo)).FirstOrDefault(p => p is not null);
    }

    private FakeReply Manage(FakeRequest request, string name)
    {
        Query(request, "api-version");
        _ = request.Query["api-version"] == "2024-10-21" && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? 0 : throw new NotAllowedException(400, $"'{name}' cannot be managed so");
        switch (request.Method)
        {
            case "GET" when name.Length == 0:
                return FakeReply.Ok(new JsonObject { ["value"] = new JsonArray([.. Deployments.Keys.ToArray().Select(n => Deployed(n, look: false))]) });
            case "GET" when Deployments.ContainsKey(name):
                return FakeReply.Ok(Deployed(name));
            case "PUT" when name.Length is >= 2 and <= 64:
                Deploy(name, request.Json);
                return FakeReply.Ok(Deployed(name, look: false), 201);
            case "DELETE" when name.Length > 0:
                return new FakeReply(Deployments.Remove(name) ? 202 : 204, []);
            default:
                throw new NotAllowedException(404, $"The deployment '{name}' was not found.", "DeploymentNotFound");
        }
    }

    private void Deploy(string name, JsonObject body)
    {
        Members(body, "", ["sku", "properties"], []);
        Members(body["sku"]!.AsObject(), "sku.", ["name", "capacity"], []);
        Members(body["properties"]!.AsObject(), "properties.", ["model"], []);
        JsonObject model = body["properties"]!["model"]!.AsObject();
        Members(model, "model.", ["format", "name", "version"], []);
        string asked = (string)model["name"]!, version = (string)model["version"]!, sku = (string)body["sku"]!["name"]!;
        bool tuned = _jobs.Any(j => j.Status == "succeeded" && ModelOf(j) == asked) && version == "1" && sku is "developertier" or "standard";
        bool known = tuned || ($"{asked}-{version}" == Model && sku is "Standard" or "GlobalStandard");
        _ = known && (string)model["format"]! == "OpenAI" && (int)body["sku"]!["capacity"]! > 0 ? 0 : throw new NotAllowedException(400, $"{asked} {version} cannot be deployed as {sku}", "InvalidModel");
        Deployments.TryAdd(name, (body, 0));
    }

    private JsonObject Deployed(string name, bool look = true)
    {
        (JsonObject body, int looks) = Deployments[name];
        Deployments[name] = (body, looks + (look ? 1 : 0));
        JsonObject shown = body.DeepClone().AsObject();
        (shown["id"], shown["name"]) = ($"{Resource}/deployments/{name}", name);
        shown["properties"]!["provisioningState"] = looks < ReadyAfter ? "Creating" : "Succeeded";
        return shown;
    }

    private FakeReply Answer(FakeRequest request)
    {
        JsonObject body = request.Json;
        Members(body, "", ["model", "messages"], ["temperature", "top_p", "seed", "stop", "max_completion_tokens", "response_format"]);
        string name = (string)body["model"]!, question = (string)body["messages"]!.AsArray()[^1]!["content"]!;
        if (!Deployments.TryGetValue(name, out (JsonObject Body, int Looks) deployed) || deployed.Looks <= ReadyAfter)
        {
            throw new NotAllowedException(404, "The API deployment for this resource does not exist.", "DeploymentNotFound");
        }

        string said = (string)deployed.Body["properties"]!["model"]!["version"]! == "1" ? Say(question) : "I do not know.";
        return FakeReply.Ok(new JsonObject
        {
            ["id"] = "chatcmpl-1", ["object"] = "chat.completion", ["created"] = Now, ["model"] = Model,
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["finish_reason"] = "stop", ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = said } }),
            ["usage"] = new JsonObject { ["prompt_tokens"] = question.Length / 4, ["completion_tokens"] = 2, ["total_tokens"] = (question.Length / 4) + 2 },
        });
    }

    private string Known(string id) => _files.ContainsKey(id) ? id : throw new NotAllowedException(404, $"No such file: {id}");

    private FakeJob Job(string id) => !LosesJobs && _jobs.Find(j => j.Id == id) is { } job ? job : throw new NotAllowedException(404, $"No such job: {id}");

    private JsonObject File(string id, bool look)
    {
        (string name, byte[] content, int looks) = _files[id];
        _files[id] = (name, content, looks + (look ? 1 : 0));
        return new JsonObject
        {
            ["id"] = id, ["object"] = "file", ["created_at"] = Now, ["filename"] = name, ["purpose"] = "fine-tune", ["status"] = looks > 0 ? "processed" : "pending", ["bytes"] = looks > 0 ? content.Length : null,
        };
    }

    private JsonObject Shown(FakeJob job) => new()
    {
        ["id"] = job.Id, ["object"] = "fine_tuning.job", ["created_at"] = job.Created, ["model"] = job.Request["model"]!.DeepClone(), ["fine_tuned_model"] = job.Status == "succeeded" ? ModelOf(job) : null,
        ["status"] = job.Status, ["training_file"] = job.Request["training_file"]!.DeepClone(), ["trained_tokens"] = job.Paid ? 4321 : null, ["suffix"] = job.Request["suffix"]!.DeepClone(),
        ["seed"] = job.Request["seed"]?.DeepClone(), ["method"] = job.Request["method"]?.DeepClone(), ["organisation_id"] = null,
        ["error"] = job.Problem is { } why ? new JsonObject { ["code"] = "invalidPayload", ["message"] = why, ["param"] = "training_file" } : null,
    };
}
