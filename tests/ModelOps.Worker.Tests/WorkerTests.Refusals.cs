using ModelOps.Core.Protocol;

namespace ModelOps.Worker.Tests;

public sealed partial class WorkerTests
{
    [Fact]
    public void A_bad_request_is_refused_with_its_code()
    {
        File.WriteAllText(In("bad.json"), """{"verb":"inspect","model":"/m","nonsense":1}""");
        using var unknown = WorkerRun.CompleteFile(In("bad.json"), WorkerExitCode.BadRequest);
        Assert.Equal("MOPS3050", unknown.Error.Code);
        using var missing = WorkerRun.CompleteFile(In("absent.json"), WorkerExitCode.BadRequest);
        Assert.Equal("MOPS3050", missing.Error.Code);
        Refused(Training() with { Options = s_options with { Schedule = "cosin" } }, "MOPS3058", WorkerExitCode.BadRequest);
        Refused(Training() with { Options = s_options with { Method = "qlora", QuantizationType = "fp4" } }, "MOPS3058", WorkerExitCode.BadRequest);
        Refused(Generation(null) with { Quantization = "int4" }, "MOPS3058", WorkerExitCode.BadRequest);
        Refused(Training() with { Options = s_options with { LoraDropout = 1 } }, "MOPS3058", WorkerExitCode.BadRequest);
        Refused(Training() with { Options = s_options with { TargetModules = ["q_prj"] } }, "MOPS3052", WorkerExitCode.BadRequest);
        Refused(Training() with { Protocol = 2 }, "MOPS3050", WorkerExitCode.BadRequest);
    }

    [Fact]
    public void Bad_data_and_models_are_refused_where_they_are()
    {
        File.WriteAllText(In("broken.jsonl"), "{\"id\":\"a\",\"messages\":[]}\nnonsense\n");
        var broken = Refused(Training() with { Train = In("broken.jsonl") }, "MOPS3054", WorkerExitCode.BadData);
        Assert.Equal((In("broken.jsonl"), 2), (broken.File, broken.Line));

        Refused(Training() with { Model = In("no-model") }, "MOPS3051", WorkerExitCode.BadData);
        Refused(Training() with { Train = In("absent.jsonl") }, "MOPS3057", WorkerExitCode.BadData);
        var hopeless = Refused(Training() with { Options = s_options with { MaxSequenceLength = 8 } }, "MOPS3054", WorkerExitCode.BadData);
        Assert.Equal((In("train.jsonl"), 1), (hopeless.File, hopeless.Line));
        Refused(Generation(null) with { Decoding = new DecodingOptions(), Input = LongPrompt() }, "MOPS3054", WorkerExitCode.BadData);
        Assert.False(Directory.Exists(In("adapter")));
    }

    [Fact]
    public void A_template_that_refuses_a_row_or_proves_no_mask_is_named()
    {
        string strict = CopyOfModel("{% if messages[0].role == 'system' %}{{ raise_exception('no system here') }}{% endif %}{% for m in messages %}{{ m.content }}{% endfor %}");
        File.WriteAllText(In("system.jsonl"), """{"id":"a","messages":[{"role":"system","content":"s"},{"role":"user","content":"u"},{"role":"assistant","content":"a"}]}""" + "\n");
        var refused = Refused(Training() with { Model = strict, Train = In("system.jsonl"), Validation = null }, "MOPS3062", WorkerExitCode.BadData);
        Assert.Contains("no system here", refused.Message, StringComparison.Ordinal);
        string counting = CopyOfModel("{{ messages | length }}{% for m in messages %}{{ m.content }}{% endfor %}");
        Refused(Training() with { Model = counting }, "MOPS3055", WorkerExitCode.BadData);
        string foreign = CopyOfModel("{{ messages | shuffle }}");
        var unsupported = Refused(Training() with { Model = foreign }, "MOPS3061", WorkerExitCode.BadData);
        Assert.Equal((1, 15), (unsupported.Line, unsupported.Column));
    }

    [Fact]
    public void A_tokenizer_that_does_not_end_on_a_row_names_the_row()
    {
        string folder = CopyOfModel("{% for m in messages %}{{ m.content }}{% endfor %}");
        File.WriteAllText(
            Path.Combine(folder, "tokenizer.json"),
            """{"pre_tokenizer":{"type":"Split","pattern":{"Regex":"(a+)+b"},"behavior":"Isolated"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""");
        File.WriteAllLines(In("long.jsonl"), new[] { "short", new string('a', 60) }.Select(text =>
            $$"""{"id":"{{text}}","messages":[{"role":"user","content":"{{text}}"},{"role":"assistant","content":"d"},{"role":"user","content":"c"}]}"""));
        var refused = Refused(Generation(null) with { Model = folder, Input = In("long.jsonl") }, "MOPS3060", WorkerExitCode.BadData);
        Assert.Equal((In("long.jsonl"), 2), (refused.File, refused.Line));
        Assert.Contains("too many steps", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Divergence_stops_with_its_own_exit_code_and_leaves_nothing()
    {
        Refused(Training() with { Options = s_options with { LearningRate = 1e30, Epochs = 50, MaxGradNorm = 0, Method = "full" } }, "MOPS3056", WorkerExitCode.NumericFailure);
        Assert.False(Directory.Exists(In("adapter")));
    }
}
