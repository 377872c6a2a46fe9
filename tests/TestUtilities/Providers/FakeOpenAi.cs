using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.TestUtilities.Providers;

/// <summary>A job of a fake provider.</summary>
public sealed class FakeJob
{
    public required string Id { get; init; }

    public required long Created { get; init; }

    public required JsonObject Request { get; init; }

    public string Status { get; set; } = "";

    public string? Problem { get; set; }

    /// <summary>It came to the point from which it is charged.</summary>
    public bool Paid { get; set; }

    public int Looks { get; set; }

    public int Listings { get; set; }

    /// <summary>It has been in a state that no specification names.</summary>
    public bool WasStrange { get; set; }
}

/// <summary>OpenAI's files, fine-tuning jobs, models and chat completions, as its published specification has them (openai-openapi, 2026-08-21).</summary>
public sealed class FakeOpenAi : FakeProvider
{
    private static readonly string[] s_steps = ["validating_files", "queued", "running", "running", "succeeded"];
    private readonly Dictionary<string, (string Name, byte[] Content)> _files = new(StringComparer.Ordinal);
    private readonly List<FakeJob> _jobs = [];
    private int _next;

    public string Model { get; init; } = "gpt-4.1-nano-2025-04-14";

    public string? Shutdown { get; set; }

    /// <summary>A row that is no row makes the job fail, as there.</summary>
    public bool FailsValidation { get; set; }

    public bool LosesJobs { get; set; }

    public bool ForgetsFiles { get; set; }

    /// <summary>Shown once between two known states, or, with <see cref="IsStuck"/>, for ever.</summary>
    public string? StrangeStatus { get; set; }

    public bool IsStuck { get; set; }

    /// <summary>So many looks at the list do not show a new job yet.</summary>
    public int ListLag { get; set; }

    /// <summary>What the tuned model answers.</summary>
    public Func<string, string> Say { get; set; } = question => question;

    public IReadOnlyList<FakeJob> Jobs => _jobs;

    public IReadOnlyDictionary<string, (string Name, byte[] Content)> Files => _files;

    public long Now { get; set; } = 1_790_000_000;

    /// <summary>Jobs that somebody pays for.</summary>
    public int PaidJobs => _jobs.Count(j => j.Paid);

    /// <summary>All jobs are over, so that nobody has to wait.</summary>
    public void Finish() => _jobs.ForEach(j => (j.Status, j.Paid) = ("succeeded", true));

    public static string ModelOf(FakeJob job) => $"ft:{job.Request["model"]}:org:{job.Request["suffix"]}:{job.Id[6..]}";

    protected override FakeReply Carry(FakeRequest request) => request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["files"] when request.Method == "POST" => Upload(request),
        ["files"] when request.Method == "GET" => ListFiles(request),
        ["files", var id] when request.Method == "GET" => FakeReply.Ok(File(Known(id))),
        ["models"] when request.Method == "GET" => Models(request),
        ["fine_tuning", "jobs"] when request.Method == "POST" => Create(request),
        ["fine_tuning", "jobs"] when request.Method == "GET" => ListJobs(request),
        ["fine_tuning", "jobs", var id] when request.Method == "GET" => FakeReply.Ok(Job(Advance(Job(id)))),
        ["fine_tuning", "jobs", var id, "cancel"] when request.Method == "POST" => Cancel(request, Job(id)),
        ["chat", "completions"] when request.Method == "POST" => Answer(request),
        _ => throw new NotAllowedException(404, $"Invalid URL ({request.Route})"),
    };

    private FakeReply Upload(FakeRequest request)
    {
        Query(request);
        Dictionary<string, byte[]> form = Form(request);
        if (form.Keys.FirstOrDefault(k => k is not ("file" or "file:filename" or "purpose")) is { } odd)
        {
            throw new NotAllowedException(400, $"Unrecognized request argument supplied: {odd}");
        }

        string name = Encoding.UTF8.GetString(form["file:filename"]);
        if (Encoding.UTF8.GetString(form["purpose"]) != "fine-tune" || !name.EndsWith(".jsonl", StringComparison.Ordinal))
        {
            throw new NotAllowedException(400, "expected a .jsonl file with the purpose fine-tune");
        }

        string id = $"file-{++_next:D8}";
        _files[id] = (name, form["file"]);
        return FakeReply.Ok(File(id));
    }

    private FakeReply ListFiles(FakeRequest request)
    {
        Query(request, "purpose", "limit", "order", "after");
        return FakeReply.Ok(new JsonObject
        {
            ["object"] = "list", ["data"] = new JsonArray([.. _files.Keys.Select(File)]), ["first_id"] = _files.Keys.FirstOrDefault() ?? "", ["last_id"] = _files.Keys.LastOrDefault() ?? "", ["has_more"] = false,
        });
    }

    private FakeReply Models(FakeRequest request)
    {
        Query(request);
        JsonNode[] all = [Listed(Model, Shutdown), .. _jobs.Where(j => j.Status == "succeeded").Select(j => Listed(ModelOf(j), null))];
        return FakeReply.Ok(new JsonObject { ["object"] = "list", ["data"] = new JsonArray(all) });

        JsonObject Listed(string id, string? shutdown) => new() { ["id"] = id, ["object"] = "model", ["created"] = Now, ["owned_by"] = "system", ["shutdown_date"] = shutdown };
    }

    private FakeReply Create(FakeRequest request)
    {
        JsonObject body = request.Json;
        Query(request);
        Members(body, "", ["model", "training_file"], ["validation_file", "suffix", "seed", "metadata", "integrations", "method"]);
        if ((string)body["model"]! != Model)
        {
            throw new NotAllowedException(404, $"The model '{body["model"]}' does not exist", "model_not_found", "model");
        }

        string file = (string)body["training_file"]!;
        if (ForgetsFiles)
        {
            ForgetsFiles = false;
            _files.Clear();
        }

        if (!_files.ContainsKey(file))
        {
            throw new NotAllowedException(400, $"File '{file}' does not exist", "invalid_request_error", "training_file");
        }

        Text(body, "suffix", 64);
        Whole(body, "seed", 0, int.MaxValue);
        foreach ((string name, JsonNode? value) in body["metadata"]!.AsObject())
        {
            _ = name.Length <= 64 && ((string)value!).Length <= 512 ? 0 : throw new NotAllowedException(400, "metadata is too long");
        }

        Method(body["method"]!.AsObject());
        var job = new FakeJob { Id = $"ftjob-{++_next:D8}", Created = Now++, Request = body, Status = s_steps[0] };
        _jobs.Add(job);
        return FakeReply.Ok(Job(job));
    }

    private static void Method(JsonObject method)
    {
        string type = (string)method["type"]!;
        Members(method, "method.", ["type", type], []);
        if (type is not ("supervised" or "dpo"))
        {
            throw new NotAllowedException(400, $"Invalid value: '{type}'");
        }

        Members(method[type]!.AsObject(), $"method.{type}.", [], ["hyperparameters"]);
        JsonObject values = method[type]!["hyperparameters"]!.AsObject();
        Members(values, "hyperparameters.", [], type == "dpo" ? ["n_epochs", "batch_size", "learning_rate_multiplier", "beta"] : ["n_epochs", "batch_size", "learning_rate_multiplier"]);
        Whole(values, "n_epochs", 1, 50);
        Whole(values, "batch_size", 1, 256);
        Above(values, "learning_rate_multiplier", double.MaxValue);
        Above(values, "beta", 2);
    }

    private FakeReply ListJobs(FakeRequest request)
    {
        Query(request, "after", "limit", "metadata");
        int limit = int.Parse(request.Query.GetValueOrDefault("limit", "20"), CultureInfo.InvariantCulture);
        List<FakeJob> shown = [.. _jobs.Where(j => !LosesJobs && (j.Listings++ >= ListLag || j.Status != s_steps[0])).Reverse<FakeJob>()];
        foreach ((string name, string value) in request.Query.Where(q => q.Key.StartsWith("metadata[", StringComparison.Ordinal)))
        {
            shown = [.. shown.Where(j => (string?)j.Request["metadata"]?[name[9..^1]] == value)];
        }

        if (request.Query.TryGetValue("after", out string? after))
        {
            shown = [.. shown.SkipWhile(j => j.Id != after).Skip(1)];
        }

        return FakeReply.Ok(new JsonObject { ["object"] = "list", ["data"] = new JsonArray([.. shown.Take(limit).Select(Job)]), ["has_more"] = shown.Count > limit });
    }

    private FakeReply Cancel(FakeRequest request, FakeJob job)
    {
        Query(request);
        if (job.Status is "succeeded" or "failed" or "cancelled")
        {
            throw new NotAllowedException(400, $"Job has already completed: {job.Id}");
        }

        job.Status = "cancelled";
        return FakeReply.Ok(Job(job));
    }

    private FakeJob Advance(FakeJob job)
    {
        if (StrangeStatus is { } strange && job.Status == "running" && (IsStuck || !job.WasStrange))
        {
            (job.Status, job.WasStrange) = (strange, true);
            return job;
        }

        int at = Array.LastIndexOf(s_steps, job.Status);
        if (at < 0 || at == s_steps.Length - 1)
        {
            job.Status = job.WasStrange && at < 0 && !IsStuck && job.Status is not ("failed" or "cancelled") ? "running" : job.Status;
            return job;
        }

        if (job.Status == s_steps[0] && (Invalid(job) is { } why))
        {
            (job.Status, job.Problem) = ("failed", why);
            return job;
        }

        // "running" stands twice in the list: the second look at it is the last.
        job.Status = job.Status == "running" && job.Looks++ % 2 == 0 ? "running" : s_steps[at + 1];
        job.Paid |= job.Status is "running" or "succeeded";
        return job;
    }

    private string? Invalid(FakeJob job)
    {
        if (FailsValidation)
        {
            return "The job failed due to an invalid training file.";
        }

        string[] lines = Encoding.UTF8.GetString(_files[(string)job.Request["training_file"]!].Content).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        bool dpo = (string)job.Request["method"]!["type"]! == "dpo";
        return lines.Length < 10 ? "expected 10 examples or more" : lines.Select(l => Row(JsonNode.Parse(l)!.AsObject(), dpo)).FirstOrDefault(p => p is not null);
    }

    internal static string? Row(JsonObject row, bool dpo)
    {
        try
        {
            Members(row, "", dpo ? ["input", "preferred_output", "non_preferred_output"] : ["messages"], dpo ? [] : ["tools", "parallel_tool_calls"]);
            JsonArray messages = (dpo ? row["input"]!["messages"]! : row["messages"]!).AsArray();
            foreach (JsonNode? message in messages.Concat(dpo ? row["preferred_output"]!.AsArray().Concat(row["non_preferred_output"]!.AsArray()) : []))
            {
                Members(message!.AsObject(), "message.", ["role", "content"], ["weight", "name"]);
            }

            return dpo ? row["preferred_output"]!.AsArray().Count == 1 ? null : "one output" : (string)messages[^1]!["role"]! == "assistant" ? null : "the last message is not the assistant's";
        }
        catch (NotAllowedException e)
        {
            return e.Message;
        }
    }

    private FakeReply Answer(FakeRequest request)
    {
        JsonObject body = request.Json;
        Members(body, "", ["model", "messages"], ["temperature", "top_p", "seed", "stop", "max_completion_tokens", "response_format"]);
        string model = (string)body["model"]!, question = (string)body["messages"]!.AsArray()[^1]!["content"]!;
        bool tuned = _jobs.Any(j => j.Status == "succeeded" && ModelOf(j) == model);
        if (!tuned && model != Model)
        {
            throw new NotAllowedException(404, $"The model '{model}' does not exist", "model_not_found");
        }

        string said = tuned ? Say(question) : "I do not know.";
        return FakeReply.Ok(new JsonObject
        {
            ["id"] = "chatcmpl-1", ["object"] = "chat.completion", ["created"] = Now, ["model"] = model,
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["finish_reason"] = "stop", ["logprobs"] = null, ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = said, ["refusal"] = null } }),
            ["usage"] = new JsonObject { ["prompt_tokens"] = question.Length / 4, ["completion_tokens"] = 2, ["total_tokens"] = (question.Length / 4) + 2 },
        });
    }

    private string Known(string id) => _files.ContainsKey(id) ? id : throw new NotAllowedException(404, $"No such File object: {id}");

    private FakeJob Job(string id) => !LosesJobs && _jobs.Find(j => j.Id == id) is { } job ? job : throw new NotAllowedException(404, $"Could not find fine tune: {id}");

    private JsonObject File(string id) => new()
    {
        ["id"] = id, ["object"] = "file", ["bytes"] = _files[id].Content.Length, ["created_at"] = Now, ["filename"] = _files[id].Name, ["purpose"] = "fine-tune", ["status"] = "processed",
    };

    // An error object of nulls on a job that did not fail is what live answers show.
    private JsonObject Job(FakeJob job)
    {
        var shown = new JsonObject
        {
            ["id"] = job.Id, ["object"] = "fine_tuning.job", ["created_at"] = job.Created, ["finished_at"] = null, ["model"] = job.Request["model"]!.DeepClone(),
            ["fine_tuned_model"] = job.Status == "succeeded" ? ModelOf(job) : null, ["organization_id"] = "org-1", ["status"] = job.Status,
            ["training_file"] = job.Request["training_file"]!.DeepClone(), ["validation_file"] = null, ["result_files"] = new JsonArray(), ["trained_tokens"] = job.Paid ? 4321 : null,
            ["hyperparameters"] = new JsonObject(), ["seed"] = job.Request["seed"]?.DeepClone(), ["metadata"] = job.Request["metadata"]?.DeepClone(), ["method"] = job.Request["method"]?.DeepClone(),
        };
        shown["error"] = job.Problem is { } why ? new JsonObject { ["code"] = "invalid_training_file", ["message"] = why, ["param"] = "training_file" } : new JsonObject { ["code"] = null, ["message"] = null, ["param"] = null };
        return shown;
    }

    private static void Text(JsonObject json, string name, int most)
        => _ = json[name] is not { } value || ((string)value!).Length is var length && length >= 1 && length <= most ? 0 : throw new NotAllowedException(400, $"{name} has {((string)value!).Length} characters");

    internal static void Whole(JsonObject json, string name, long least, long most)
        => _ = json[name] is not { } value || (value.GetValueKind() == JsonValueKind.String && (string)value! == "auto") || ((long)value is var number && number >= least && number <= most)
            ? 0 : throw new NotAllowedException(400, $"{name} is {value}");

    internal static void Above(JsonObject json, string name, double most)
        => _ = json[name] is not { } value || (value.GetValueKind() == JsonValueKind.String && (string)value! == "auto") || ((double)value is var number && number > 0 && number <= most)
            ? 0 : throw new NotAllowedException(400, $"{name} is {value}");
}
