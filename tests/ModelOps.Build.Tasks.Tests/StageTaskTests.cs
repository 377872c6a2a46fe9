using Microsoft.Build.Utilities;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Build.Tasks.Tests;

public sealed class StageTaskTests : IDisposable
{
    private readonly TaskProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void Stages_run_one_after_the_other_and_leave_receipts()
    {
        var gate = new Gate();
        foreach (StageTask task in new StageTask[] { new Validate(), new Fingerprint(), new Train(), new Evaluate(), gate })
        {
            Assert.True(_project.Run(task), _project.Engine.Log);
            Assert.True(File.Exists(_project.Receipt(task.GetType().Name)));
        }

        Assert.Equal("passed", gate.Verdict);
        Assert.Matches(@"High: p -> trained \(key [0-9a-f]{12}; no earlier result here\), gates passed", _project.Engine.Log);
    }

    [Fact]
    public void Failing_stage_withdraws_its_receipt()
    {
        Assert.True(_project.Run(new Validate()), _project.Engine.Log);
        _project.Write("train.jsonl", "{\n");

        Assert.False(_project.Run(new Validate()));
        Assert.Matches(@"train\.jsonl\(1,\d+\): error MOPS1001", _project.Engine.Log);
        Assert.False(File.Exists(_project.Receipt(Names.Validate)));
    }

    [Fact]
    public void Missed_gate_is_a_failing_task_without_a_receipt()
    {
        Stages_run_one_after_the_other_and_leave_receipts();
        _project.Gates = [new TaskItem("ExactMatch", new Dictionary<string, string> { ["Maximum"] = "0.1" })];
        var gate = new Gate();

        Assert.False(_project.Run(gate));
        Assert.Equal("failed", gate.Verdict);
        Assert.Contains("error MOPS5001", _project.Engine.Log, StringComparison.Ordinal);
        Assert.False(File.Exists(_project.Receipt(Names.Gate)));
    }

    [Fact]
    public void Stage_without_its_left_neighbour_says_so()
    {
        Assert.False(_project.Run(new Fingerprint()));
        Assert.Contains("error MOPS3012", _project.Engine.Log, StringComparison.Ordinal);
        Assert.False(_project.Run(new Train()));
        Assert.Contains("error MOPS3010", _project.Engine.Log, StringComparison.Ordinal);
        Assert.False(_project.Run(new Gate()));
        Assert.Contains("error MOPS4104", _project.Engine.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void Error_of_the_file_system_has_a_code()
    {
        // A folder where a file belongs.
        Directory.CreateDirectory(_project["obj/stat.cache"]);
        Assert.False(_project.Run(new Validate()));
        Assert.Contains("error MOPS9002: Validate could not read or write a file", _project.Engine.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelled_task_fails_without_an_error()
    {
        Assert.True(_project.Run(new Validate()) && _project.Run(new Fingerprint()), _project.Engine.Log);
        var train = new Train();
        train.Cancel();

        Assert.False(_project.Run(train));
        Assert.DoesNotContain("error", _project.Engine.Log, StringComparison.Ordinal);
        Assert.False(File.Exists(_project.Receipt(Names.Train)));
    }

    [Fact]
    public void Impossible_property_is_an_error_of_every_stage()
    {
        Assert.True(_project.Run(new Validate()) && _project.Run(new Fingerprint()), _project.Engine.Log);
        _project.Settings[Names.LoraRank] = "none";
        Assert.False(_project.Run(new Train()));
        Assert.Contains("error MOPS2054: LoraRank is 'none'", _project.Engine.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void Question_is_answered_by_the_look_alone()
    {
        var look = new Look { LookFile = _project["obj/look.cache"], Receipts = _project["obj/receipts"], FailIfNotIncremental = true };
        Assert.False(_project.Run(look));
        Assert.Contains("error MOPS9003", _project.Engine.Log, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project["obj"]));
    }
}
