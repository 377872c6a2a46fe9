using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ModelOps.TestUtilities.Providers;

/// <summary>
/// Bedrock's customization jobs, deployments and Converse, and the objects of S3, as the published model of the services has them (botocore, 2026-08-07). Requests must be
/// signed, members that the model does not name are refused, a job's token makes it one job.
/// </summary>
public sealed class FakeBedrock : FakeProvider
{
    public const string Region = "us-east-1", KeyId = "AKIACANARY7F3D1C55E0", Token = "session-canary-91b2c7", Bucket = "acme-models", Role = "arn:aws:iam::123456789012:role/ModelOps";
    private const string Account = "arn:aws:bedrock:us-east-1:123456789012:", Jobs_ = "/model-customization-jobs", Deployments_ = "/model-customization/custom-model-deployments";
    private static readonly string[] s_steps = ["Validating", "Processing", "Training", "Saving", "Completed"];
    private readonly Dictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly List<FakeJob> _jobs = [];
    private readonly Dictionary<string, (string Arn, string Model, int Looks)> _deployments = new(StringComparer.Ordinal);

    public string Model { get; init; } = "amazon.nova-micro-v1:0:128k";

    /// <summary>Of temporary credentials; null: none is sent.</summary>
    public string? SessionToken { get; init; } = Token;

    /// <summary>The service's clock; null: every time is right.</summary>
    public Func<DateTimeOffset>? Clock { get; set; }

    public string? EndOfLife { get; set; }

    public bool FailsValidation { get; set; }

    public bool LosesJobs { get; set; }

    public bool ForgetsFiles { get; set; }

    /// <inheritdoc cref="FakeOpenAi.StrangeStatus"/>
    public string? StrangeStatus { get; set; }

    public bool IsStuck { get; set; }

    public int ListLag { get; set; }

    public bool FailsDeployments { get; set; }

    /// <summary>What the tuned model answers.</summary>
    public Func<string, string> Say { get; set; } = question => question;

    public IReadOnlyList<FakeJob> Jobs => _jobs;

    public IReadOnlyDictionary<string, byte[]> Objects => _objects;

    public IEnumerable<string> Deployments => _deployments.Keys;

    public long Now { get; set; } = 1_790_000_000;

    /// <summary>All jobs are over, so that nobody has to wait.</summary>
    public void Finish() => _jobs.ForEach(j => (j.Status, j.Paid) = ("Completed", true));

    /// <summary>What a machine's environment has for it.</summary>
    public static string? Environment(string name) => name switch
    {
        "AWS_ACCESS_KEY_ID" => KeyId, "AWS_SESSION_TOKEN" => Token, "AWS_REGION" => Region, "BEDROCK_S3_URI" => $"s3://{Bucket}/tuning", "BEDROCK_ROLE_ARN" => Role, _ => null,
    };

    public static string ModelOf(FakeJob job) => $"{Account}custom-model/{(string)job.Request["baseModelIdentifier"]!}/{Mark((string)job.Request["customModelName"]!)}";

    protected override JsonObject ErrorBody(int status, string message, string code, string? param) => new() { ["__type"] = code, ["message"] = message };

    /// <summary>S3 says it in XML, and to HEAD nothing at all; the others name the error in a header.</summary>
    protected override FakeReply Refusal(FakeRequest request, FakeReply error)
    {
        JsonNode said = JsonNode.Parse(error.Body)!;
        string code = (string)said["__type"]!, message = (string)said["message"]!;
        Dictionary<string, string> headers = new(error.Headers);
        if (Clock is { } clock)
        {
            headers["Date"] = clock().ToString("R", CultureInfo.InvariantCulture);
        }

        if (FakeSignature.Service(request) != "s3")
        {
            headers["x-amzn-ErrorType"] = code + ":http://internal.amazon.com/coral/com.amazon.bedrock/";
            return FakeReply.Ok(new JsonObject { ["message"] = message }, error.Status) with { Headers = headers };
        }

        string xml = $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>";
        return new FakeReply(error.Status, request.Method == "HEAD" ? [] : Encoding.UTF8.GetBytes(xml), "application/xml") { Headers = headers };
    }

    protected override bool IsAuthorized(FakeRequest request)
        => FakeSignature.Problem(request, KeyId, Key, SessionToken, Region, Clock?.Invoke()) is var (code, message) ? throw new NotAllowedException(403, message, code) : true;

    protected override FakeReply Carry(FakeRequest request)
    {
        if (FakeSignature.Service(request) == "s3")
        {
            return Store(request);
        }

        return (request.Method, request.Path) switch
        {
            ("POST", Jobs_) => Create(request),
            ("GET", Jobs_) => List(request),
            ("POST", var path) when path.StartsWith(Jobs_ + "/", StringComparison.Ordinal) && path.EndsWith("/stop", StringComparison.Ordinal) => Stop(Job(path[(Jobs_.Length + 1)..^5])),
            ("GET", var path) when path.StartsWith(Jobs_ + "/", StringComparison.Ordinal) => FakeReply.Ok(Shown(Advance(Job(path[(Jobs_.Length + 1)..])), full: true)),
            ("GET", var path) when path.StartsWith("/foundation-models/", StringComparison.Ordinal) => LifeCycle(path[19..]),
            ("POST", Deployments_) => Deploy(request.Json),
            ("GET", Deployments_) => FakeReply.Ok(new JsonObject { ["modelDeploymentSummaries"] = new JsonArray([.. _deployments.Keys.ToArray().Select(name => Deployment(name, "customModelDeploymentName"))]) }),
            ("GET", var path) when path.StartsWith(Deployments_ + "/", StringComparison.Ordinal) => FakeReply.Ok(Deployment(path[(Deployments_.Length + 1)..], "modelDeploymentName")),
            ("DELETE", var path) when path.StartsWith(Deployments_ + "/", StringComparison.Ordinal) => Remove(path[(Deployments_.Length + 1)..]),
            ("POST", var path) when path.StartsWith("/model/", StringComparison.Ordinal) && path.EndsWith("/converse", StringComparison.Ordinal) => Answer(path[7..^9], request.Json),
            _ => throw new NotAllowedException(404, $"Not found ({request.Route})", "UnknownOperationException"),
        };
    }

    private FakeReply Store(FakeRequest request)
    {
        string host = request.Address.Host, path = request.Path.TrimStart('/');
        string name = host.EndsWith($".s3.{Region}.amazonaws.com", StringComparison.Ordinal) ? $"{host.Split('.')[0]}/{path}" : path;
        _ = name.StartsWith(Bucket + "/", StringComparison.Ordinal) && request.Query.Count == 0 ? 0 : throw new NotAllowedException(403, "Access Denied", "AccessDenied");
        if (request.Method == "HEAD")
        {
            return _objects.ContainsKey(name) ? new FakeReply(200, []) : throw new NotAllowedException(404, "", "NoSuchKey");
        }

        _ = request.Method == "PUT" ? 0 : throw new NotAllowedException(405, "The specified method is not allowed", "MethodNotAllowed");
        _ = request.Header("x-amz-checksum-sha256") == Convert.ToBase64String(SHA256.HashData(request.Body)) ? 0 : throw new NotAllowedException(400, "The checksum does not match", "BadDigest");
        _objects[name] = request.Body;
        return new FakeReply(200, []);
    }

    private FakeReply Create(FakeRequest request)
    {
        JsonObject body = request.Json;
        Query(request);
        Members(body, "", ["jobName", "customModelName", "roleArn", "baseModelIdentifier", "trainingDataConfig", "outputDataConfig"], ["clientRequestToken", "customizationType", "hyperParameters", "jobTags", "customModelTags"]);
        Members(body["trainingDataConfig"]!.AsObject(), "trainingDataConfig.", ["s3Uri"], []);
        Members(body["outputDataConfig"]!.AsObject(), "outputDataConfig.", ["s3Uri"], []);
        string token = FakeBedrockRules.Fits(body["clientRequestToken"]!, "^[a-zA-Z0-9]([-a-zA-Z0-9]{0,254}[a-zA-Z0-9])?$"), name = FakeBedrockRules.Fits(body["jobName"]!, @"^[a-zA-Z0-9](-*[a-zA-Z0-9+\-.]){0,62}$");
        FakeBedrockRules.Fits(body["customModelName"]!, "^([0-9a-zA-Z][_-]?){1,63}$");
        FakeBedrockRules.Fits(body["roleArn"]!, "^arn:aws(-[^:]+)?:iam::([0-9]{12})?:role/.+$");
        string rows = FakeBedrockRules.Fits(body["trainingDataConfig"]!["s3Uri"]!, FakeBedrockRules.S3Address), output = FakeBedrockRules.Fits(body["outputDataConfig"]!["s3Uri"]!, FakeBedrockRules.S3Address);
        _ = (string)body["customizationType"]! == "FINE_TUNING" && output.StartsWith($"s3://{Bucket}/", StringComparison.Ordinal) ? 0 : throw new NotAllowedException(400, "1 validation error detected", "ValidationException");
        foreach (JsonNode? tag in body["jobTags"]!.AsArray().Concat(body["customModelTags"]!.AsArray()))
        {
            Members(tag!.AsObject(), "tag.", ["key", "value"], []);
        }

        _ = (string)body["baseModelIdentifier"]! == Model ? 0 : throw new NotAllowedException(404, $"model {body["baseModelIdentifier"]} not found", "ResourceNotFoundException");
        FakeBedrockRules.CheckValues(Model, body["hyperParameters"]!.AsObject());
        if (ForgetsFiles)
        {
            ForgetsFiles = false;
            _objects.Clear();
        }

        _ = _objects.ContainsKey(rows[5..]) ? 0 : throw new NotAllowedException(400, $"{rows} does not exist", "ValidationException");
        if (_jobs.Find(j => (string)j.Request["clientRequestToken"]! == token) is { } same)
        {
            return Made(same);
        }

        _ = _jobs.Exists(j => j.Id == name) ? throw new NotAllowedException(400, $"job {name} exists", "ConflictException") : 0;
        var job = new FakeJob { Id = name, Created = Now++, Request = body, Status = s_steps[0] };
        _jobs.Add(job);
        return Made(job);

        FakeReply Made(FakeJob made) => FakeReply.Ok(new JsonObject { ["jobArn"] = ArnOf(made) }, 201);
    }

    private FakeReply List(FakeRequest request)
    {
        Query(request, "nameContains", "statusEquals", "creationTimeAfter", "creationTimeBefore", "maxResults", "nextToken", "sortBy", "sortOrder");
        string name = request.Query.GetValueOrDefault("nameContains", "");
        FakeJob[] shown = [.. _jobs.Where(j => !LosesJobs && j.Id.Contains(name, StringComparison.Ordinal) && (j.Listings++ >= ListLag || j.Status != s_steps[0]))];

        // Two a page, so that somebody turns it.
        int from = int.Parse(request.Query.GetValueOrDefault("nextToken", "0"), CultureInfo.InvariantCulture);
        var answer = new JsonObject { ["modelCustomizationJobSummaries"] = new JsonArray([.. shown.Skip(from).Take(2).Select(j => Shown(j, full: false))]) };
        if (from + 2 < shown.Length)
        {
            answer["nextToken"] = (from + 2).ToString(CultureInfo.InvariantCulture);
        }

        return FakeReply.Ok(answer);
    }

    private static FakeReply Stop(FakeJob job)
    {
        _ = GoesOn(job) || job.WasStrange ? 0 : throw new NotAllowedException(400, $"job {job.Id} is {job.Status} and cannot be cancelled", "ConflictException");
        job.Status = "Stopped";
        return FakeReply.Ok(new JsonObject());
    }

    private FakeJob Advance(FakeJob job)
    {
        int at = Array.IndexOf(s_steps, job.Status);
        if (StrangeStatus is { } strange && job.Status == "Training" && (IsStuck || !job.WasStrange))
        {
            (job.Status, job.WasStrange) = (strange, true);
        }
        else if (at < 0)
        {
            job.Status = job.WasStrange && !IsStuck && job.Status is not ("Failed" or "Stopped") ? "Saving" : job.Status;
        }
        else if (at == 0 && (FailsValidation ? "the rows could not be validated" : FakeBedrockRules.RowProblem(Model, _objects.GetValueOrDefault(((string)job.Request["trainingDataConfig"]!["s3Uri"]!)[5..]) ?? [])) is { } why)
        {
            (job.Status, job.Problem) = ("Failed", why);
        }
        else if (at < s_steps.Length - 1)
        {
            job.Status = s_steps[at + 1];
            job.Paid |= job.Status == "Training";
        }

        return job;
    }

    private FakeJob Job(string id) => !LosesJobs && _jobs.Find(j => j.Id == id || ArnOf(j) == id) is { } job ? job : throw new NotAllowedException(404, $"job {id} not found", "ResourceNotFoundException");

    private static JsonObject Shown(FakeJob job, bool full)
    {
        var shown = new JsonObject
        {
            ["jobArn"] = ArnOf(job), ["jobName"] = job.Id, ["status"] = GoesOn(job) ? "InProgress" : job.Status, ["creationTime"] = DateTimeOffset.FromUnixTimeSeconds(job.Created).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
            ["statusDetails"] = new JsonObject { ["validationDetails"] = new JsonObject { ["status"] = job.Status == s_steps[0] ? "InProgress" : "Completed" } },
        };
        if (job.Status == "Completed")
        {
            shown[full ? "outputModelArn" : "customModelArn"] = ModelOf(job);
        }

        if (full)
        {
            shown["clientRequestToken"] = (string)job.Request["clientRequestToken"]!;
            shown["outputModelName"] = (string)job.Request["customModelName"]!;
            shown["failureMessage"] = job.Problem;
        }

        return shown;
    }

    private FakeReply LifeCycle(string model)
    {
        _ = model == Model ? 0 : throw new NotAllowedException(404, $"model {model} not found", "ResourceNotFoundException");
        var life = new JsonObject { ["status"] = EndOfLife is null ? "ACTIVE" : "LEGACY", ["endOfLifeTime"] = EndOfLife };
        return FakeReply.Ok(new JsonObject { ["modelDetails"] = new JsonObject { ["modelId"] = model, ["modelLifecycle"] = life } });
    }

    private FakeReply Deploy(JsonObject body)
    {
        Members(body, "", ["modelDeploymentName", "modelArn"], ["clientRequestToken", "description", "tags"]);
        string name = FakeBedrockRules.Fits(body["modelDeploymentName"]!, "^([0-9a-zA-Z][_-]?){1,63}$"), model = (string)body["modelArn"]!;
        _ = _jobs.Exists(j => j.Status == "Completed" && ModelOf(j) == model) ? 0 : throw new NotAllowedException(404, $"model {model} not found", "ResourceNotFoundException");
        if ((string?)body["clientRequestToken"] == name && _deployments.TryGetValue(name, out (string Arn, string Model, int Looks) there) && there.Model == model)
        {
            return FakeReply.Ok(new JsonObject { ["customModelDeploymentArn"] = there.Arn }, 202);
        }

        _ = _deployments.TryAdd(name, ($"{Account}custom-model-deployment/{Mark(name)}", model, 0)) ? 0 : throw new NotAllowedException(400, $"deployment {name} exists", "ConflictException");
        return FakeReply.Ok(new JsonObject { ["customModelDeploymentArn"] = _deployments[name].Arn }, 202);
    }

    private JsonObject Deployment(string name, string member)
    {
        (string arn, string model, int looks) = _deployments.TryGetValue(name, out (string Arn, string Model, int Looks) there) ? there : throw new NotAllowedException(404, $"deployment {name} not found", "ResourceNotFoundException");
        _deployments[name] = (arn, model, looks + 1);
        return new JsonObject
        {
            ["customModelDeploymentArn"] = arn, [member] = name, ["modelArn"] = model, ["status"] = looks < 2 ? "Creating" : FailsDeployments ? "Failed" : "Active",
            ["failureMessage"] = FailsDeployments ? "no capacity" : null, ["createdAt"] = "2026-09-21T14:13:20Z",
        };
    }

    private FakeReply Remove(string name)
        => _deployments.Remove(name) ? FakeReply.Ok(new JsonObject()) : throw new NotAllowedException(404, $"deployment {name} not found", "ResourceNotFoundException");

    private FakeReply Answer(string model, JsonObject body)
    {
        string question = FakeBedrockRules.Question(body);
        bool tuned = _deployments.Values.Any(d => d.Arn == model && d.Looks > 2 && !FailsDeployments);
        _ = tuned || model == Model[..Model.LastIndexOf(':')] ? 0 : throw new NotAllowedException(400, $"The provided model identifier is invalid: {model}", "ValidationException");
        string said = tuned ? Say(question) : "I do not know.";
        return FakeReply.Ok(new JsonObject
        {
            ["output"] = new JsonObject { ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = new JsonArray(new JsonObject { ["text"] = said }) } },
            ["stopReason"] = "end_turn", ["metrics"] = new JsonObject { ["latencyMs"] = 12 },
            ["usage"] = new JsonObject { ["inputTokens"] = question.Length / 4, ["outputTokens"] = 2, ["totalTokens"] = (question.Length / 4) + 2 },
        });
    }

    private static bool GoesOn(FakeJob job) => job.Status != s_steps[^1] && s_steps.Contains(job.Status);

    private static string ArnOf(FakeJob job) => $"{Account}model-customization-job/{(string)job.Request["baseModelIdentifier"]!}/{Mark(job.Id)}";

    private static string Mark(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..12];
}
