using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.TestUtilities.Providers;

/// <summary>Together's files, fine-tunes, price estimate and download, as its published specification has them (togethercomputer/openapi, 2026-04-28).</summary>
public sealed class FakeTogether : FakeProvider
{
    private static readonly string[] s_steps = ["pending", "queued", "running", "compressing", "uploading", "completed"];
    private readonly Dictionary<string, (string Name, byte[] Content, int Looks)> _files = new(StringComparer.Ordinal);
    private readonly List<FakeJob> _jobs = [];
    private int _next;

    public string Model { get; init; } = "meta-llama/Llama-3.2-1B-Instruct";

    /// <summary>Folder whose two adapter files are sent; null: <see cref="TinyAdapter"/>.</summary>
    public string? Adapter { get; set; }

    public bool FailsValidation { get; set; }

    public bool LosesJobs { get; set; }

    public bool ForgetsFiles { get; set; }

    /// <inheritdoc cref="FakeOpenAi.StrangeStatus"/>
    public string? StrangeStatus { get; set; }

    public bool IsStuck { get; set; }

    public int ListLag { get; set; }

    /// <summary>So many downloads are damaged.</summary>
    public int BadDownloads { get; set; }

    public double Price { get; set; } = 0.5;

    public bool AllowedToProceed { get; set; } = true;

    public IReadOnlyList<FakeJob> Jobs => _jobs;

    public IEnumerable<byte[]> Files => _files.Values.Select(f => f.Content);

    public long Now { get; set; } = 1_790_000_000;

    public int PaidJobs => _jobs.Count(j => j.Paid);

    /// <inheritdoc cref="FakeOpenAi.Finish"/>
    public void Finish() => _jobs.ForEach(j => (j.Status, j.Paid) = ("completed", true));

    protected override FakeReply Carry(FakeRequest request) => request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["files", "upload"] when request.Method == "POST" => Upload(request),
        ["files"] when request.Method == "GET" => FakeReply.Ok(new JsonObject { ["data"] = new JsonArray([.. _files.Keys.Select(File)]) }),
        ["files", var id] when request.Method == "GET" => FakeReply.Ok(Look(id)),
        ["fine-tunes", "estimate-price"] when request.Method == "POST" => Estimate(request),
        ["fine-tunes"] when request.Method == "POST" => Create(request),
        ["fine-tunes"] when request.Method == "GET" => List(request),
        ["fine-tunes", var id] when request.Method == "GET" => FakeReply.Ok(Shown(Advance(Job(id)), whole: true)),
        ["fine-tunes", var id, "cancel"] when request.Method == "POST" => Cancel(Job(id)),
        ["finetune", "download"] when request.Method == "GET" => Download(request),
        _ => throw new NotAllowedException(404, $"Not found ({request.Route})"),
    };

    private FakeReply Upload(FakeRequest request)
    {
        Dictionary<string, byte[]> form = Form(request);
        if (form.Keys.FirstOrDefault(k => k is not ("file" or "file:filename" or "purpose" or "file_name" or "file_type")) is { } odd)
        {
            throw new NotAllowedException(400, $"unknown field {odd}");
        }

        if (Text("purpose") != "fine-tune" || Text("file_type") != "jsonl")
        {
            throw new NotAllowedException(400, "expected the purpose fine-tune and the type jsonl");
        }

        string id = $"file-{++_next:D20}";
        _files[id] = (Text("file_name"), form["file"], 0);
        return FakeReply.Ok(File(id));

        string Text(string name) => Encoding.UTF8.GetString(form[name]);
    }

    private JsonObject Look(string id)
    {
        if (!_files.TryGetValue(id, out (string Name, byte[] Content, int Looks) file))
        {
            throw new NotAllowedException(404, $"file {id} not found");
        }

        _files[id] = file with { Looks = file.Looks + 1 };
        return File(id);
    }

    private FakeReply Estimate(FakeRequest request)
    {
        JsonObject body = request.Json;
        Members(body, "", ["training_file"], ["validation_file", "model", "n_epochs", "n_evals", "training_method", "training_type", "from_checkpoint"]);
        Method(body);
        return FakeReply.Ok(new JsonObject
        {
            ["estimated_total_price"] = Price, ["allowed_to_proceed"] = AllowedToProceed, ["user_limit"] = 100, ["estimated_train_token_count"] = 1000, ["estimated_eval_token_count"] = 0,
        });
    }

    private FakeReply Create(FakeRequest request)
    {
        JsonObject body = request.Json;
        Members(body, "", ["training_file", "model"],
        [
            "validation_file", "packing", "max_seq_length", "n_epochs", "n_checkpoints", "n_evals", "batch_size", "learning_rate", "lr_scheduler", "warmup_ratio", "max_grad_norm",
            "weight_decay", "random_seed", "suffix", "training_method", "training_type",
        ]);
        if ((string)body["model"]! != Model)
        {
            throw new NotAllowedException(400, $"model {body["model"]} is not available for fine-tuning");
        }

        if (ForgetsFiles)
        {
            ForgetsFiles = false;
            _files.Clear();
        }

        string file = (string)body["training_file"]!;
        _ = _files.ContainsKey(file) ? 0 : throw new NotAllowedException(400, $"file {file} does not exist");
        _ = ((string)body["suffix"]!).Length <= 40 ? 0 : throw new NotAllowedException(400, "suffix is longer than 40");
        foreach (string whole in (string[])["max_seq_length", "n_epochs", "batch_size", "random_seed"])
        {
            _ = (long)body[whole]! >= 0 ? 0 : throw new NotAllowedException(400, $"{whole} is {body[whole]}");
        }

        JsonObject scheduler = body["lr_scheduler"]!.AsObject();
        Members(scheduler, "lr_scheduler.", ["lr_scheduler_type"], ["lr_scheduler_args"]);
        bool cosine = (string)scheduler["lr_scheduler_type"]! == "cosine";
        _ = cosine || (string)scheduler["lr_scheduler_type"]! == "linear" ? 0 : throw new NotAllowedException(400, "unknown scheduler");
        Members(scheduler["lr_scheduler_args"]!.AsObject(), "lr_scheduler_args.", cosine ? ["min_lr_ratio", "num_cycles"] : [], cosine ? [] : ["min_lr_ratio"]);
        Method(body);
        var job = new FakeJob { Id = $"ft-{++_next:D8}", Created = Now++, Request = body, Status = s_steps[0] };
        _jobs.Add(job);
        return FakeReply.Ok(Shown(job, whole: false));
    }

    private static void Method(JsonObject body)
    {
        JsonObject method = body["training_method"]!.AsObject(), type = body["training_type"]!.AsObject();
        switch ((string)method["method"]!)
        {
            case "sft":
                Members(method, "training_method.", ["method", "train_on_inputs"], []);
                break;
            case "dpo":
                Members(method, "training_method.", ["method"], ["dpo_beta", "rpo_alpha", "dpo_normalize_logratios_by_length", "dpo_reference_free", "simpo_gamma"]);
                break;
            default:
                throw new NotAllowedException(400, "unknown training method");
        }

        Members(type, "training_type.", ["type", "lora_r", "lora_alpha"], ["lora_dropout", "lora_trainable_modules"]);
        _ = (string)type["type"]! == "Lora" && (long)type["lora_alpha"]! > 0 ? 0 : throw new NotAllowedException(400, "unknown training type");
    }

    private FakeReply List(FakeRequest request)
    {
        Query(request);
        FakeJob[] shown = [.. _jobs.Where(j => !LosesJobs && (j.Listings++ >= ListLag || j.Status != s_steps[0]))];
        return FakeReply.Ok(new JsonObject { ["data"] = new JsonArray([.. shown.Select(j => Shown(j, whole: false))]) });
    }

    private FakeReply Cancel(FakeJob job)
    {
        job.Status = job.Status is "completed" or "error" or "cancelled" ? throw new NotAllowedException(400, "job is not running") : "cancelled";
        return FakeReply.Ok(Shown(job, whole: false));
    }

    private FakeJob Advance(FakeJob job)
    {
        int at = Array.IndexOf(s_steps, job.Status);
        if (StrangeStatus is { } strange && job.Status == "running" && (IsStuck || !job.WasStrange))
        {
            (job.Status, job.WasStrange) = (strange, true);
        }
        else if (at < 0)
        {
            job.Status = job.WasStrange && !IsStuck && job.Status is not ("error" or "cancelled") ? "compressing" : job.Status;
        }
        else if (at == 0 && (FailsValidation || Row(job) is not null))
        {
            (job.Status, job.Problem) = ("error", Row(job) ?? "the training file could not be parsed");
        }
        else if (at < s_steps.Length - 1)
        {
            job.Status = s_steps[at + 1];
            job.Paid |= job.Status == "running";
        }

        return job;
    }

    private string? Row(FakeJob job)
    {
        bool dpo = (string)job.Request["training_method"]!["method"]! == "dpo";
        foreach (string line in Encoding.UTF8.GetString(_files[(string)job.Request["training_file"]!].Content).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            JsonObject row = JsonNode.Parse(line)!.AsObject();
            JsonArray messages = (dpo ? row["input"]!["messages"] : row["messages"])!.AsArray();
            string[] roles = [.. messages.Select(m => (string)m!["role"]!).SkipWhile((r, i) => i == 0 && r == "system")];
            if (roles.Where((r, i) => r != (i % 2 == 0 ? "user" : "assistant")).Any() || (!dpo && roles[^1] != "assistant") || (dpo && row["preferred_output"]!.AsArray().Count != 1))
            {
                return $"a row is not in the expected format: {string.Join(',', roles)}";
            }
        }

        return null;
    }

    private FakeReply Download(FakeRequest request)
    {
        Query(request, "ft_id", "checkpoint", "checkpoint_step");
        FakeJob job = Job(request.Query["ft_id"]);
        if (job.Status != "completed" || request.Query.GetValueOrDefault("checkpoint") != "adapter")
        {
            throw new NotAllowedException(400, "no such checkpoint");
        }

        byte[] archive = Archive();
        return BadDownloads-- > 0
            ? new FakeReply(200, BadDownloads % 2 == 0 ? archive[..(archive.Length / 2)] : [.. archive.Select(b => (byte)~b)], "application/octet-stream")
            : new FakeReply(200, archive, "application/octet-stream");
    }

    private byte[] Archive()
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            foreach (string name in (string[])["adapter_config.json", "adapter_model.safetensors", "tokenizer.json"])
            {
                byte[] content = Adapter is { } folder && System.IO.File.Exists(Path.Combine(folder, name)) ? System.IO.File.ReadAllBytes(Path.Combine(folder, name)) : TinyAdapter.File(name);
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"./out/{name}") { DataStream = new MemoryStream(content) });
            }
        }

        return bytes.ToArray();
    }

    private FakeJob Job(string id) => !LosesJobs && _jobs.Find(j => j.Id == id) is { } job ? job : throw new NotAllowedException(404, $"job {id} not found");

    private JsonObject File(string id) => new()
    {
        ["id"] = id, ["object"] = "file", ["created_at"] = Now, ["filename"] = _files[id].Name, ["bytes"] = _files[id].Content.Length, ["purpose"] = "fine-tune",
        ["Processed"] = _files[id].Looks > 1, ["FileType"] = "jsonl",
    };

    private JsonObject Shown(FakeJob job, bool whole)
    {
        string created = DateTimeOffset.FromUnixTimeSeconds(job.Created).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        var shown = new JsonObject
        {
            ["id"] = job.Id, ["status"] = job.Status, ["created_at"] = created, ["updated_at"] = created, ["model"] = job.Request["model"]!.DeepClone(),
            ["training_file"] = job.Request["training_file"]!.DeepClone(), ["token_count"] = job.Paid ? 4321 : 0, ["total_price"] = 1,
        };
        if (job.Status == "completed")
        {
            shown["model_output_name"] = $"me/{job.Request["model"]}-{job.Request["suffix"]}-{job.Id}";
        }

        if (whole)
        {
            shown["events"] = job.Problem is { } why ? new JsonArray(new JsonObject { ["object"] = "fine-tune-event", ["created_at"] = created, ["message"] = why, ["type"] = "JOB_USER_ERROR" }) : new JsonArray();
        }
        else
        {
            shown["suffix"] = job.Request["suffix"]!.DeepClone();
        }

        return shown;
    }
}
