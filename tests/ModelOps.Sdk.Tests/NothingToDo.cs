using System.Text.Json.Nodes;

namespace ModelOps.Sdk.Tests;

/// <summary>What a build with nothing to do must not do, seen from outside; and what Visual Studio is told, so that it need not even ask.</summary>
public sealed class NothingToDo
{
    [FactUnderTrace]
    public void A_build_with_nothing_to_do_starts_no_process_and_opens_no_dataset_and_no_model()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        repository.Build();
        Thread.Sleep(2500); // No file is young enough to be looked at twice.
        repository.Build("--no-restore");

        (BuildResult nothing, string[] quiet) = Trace(repository);
        repository.Edit("Triage/data/train/a.jsonl", "alpha6 beta6 about access please", "alpha6 beta6 about access kindly");
        (BuildResult edited, string[] busy) = Trace(repository);

        Assert.True(nothing.Succeeded && nothing.Output.Contains("up to date", StringComparison.Ordinal) && nothing.Ran.Count == 0, nothing.Output);
        Assert.Single(quiet, l => IsStart(l)); // strace starts dotnet.
        Assert.DoesNotContain(quiet, l => IsInput(repository, l));

        // The same eyes see a build that works.
        Assert.Contains("train", edited.Ran);
        Assert.True(busy.Count(IsStart) > 1);
        Assert.Contains(busy, l => IsInput(repository, l));
        repository.Done();
    }

    [Fact]
    public void Visual_Studio_is_told_what_a_build_reads_and_leaves()
    {
        TestRepository repository = new TestRepository().WithTriage().Write("Triage/Triage.csproj.user", "<Project />").Save();
        string data = repository.PathOf("Triage/data/train/a.jsonl");
        (string What, Action Apply)[] edits =
        [
            ("a row", () => repository.Edit("Triage/data/train/a.jsonl", "alpha6 beta6 about access please", "alpha6 beta6 about access kindly")),
            ("a time stamp", () => File.SetLastWriteTimeUtc(data, DateTime.UtcNow)),
            ("a held-out row", () => repository.Edit("Triage/data/eval/a.jsonl", "case alpha2 ", "cases alpha2 ")),
            ("a prompt", () => repository.Edit("Triage/prompts/zero.prompty", "Ticket:", "Mail:")),
            ("a file that is gone", () => File.Move(data, repository.PathOf("Triage/data/train/b.jsonl"))),
            ("the base model", () => repository.Write("base/model.safetensors", "Weights")),
            ("the project", () => repository.Property("Epochs", "2").Save()),
            ("what another project file sets", () => repository.Write("Directory.Build.props", "<Project><PropertyGroup><Seed>7</Seed></PropertyGroup></Project>")),
            ("a result", () => File.Delete(repository.Obj("verdict.json"))),
        ];

        Assert.NotNull(Stale(repository, Items(repository)));
        Assert.True(repository.Build().Succeeded);
        JsonNode told = Items(repository);

        Assert.Equal(("", "false"), ((string?)told["Properties"]!["DisableFastUpToDateCheck"], (string?)told["Properties"]!["CopyBuildOutputToOutputDirectory"]));
        foreach ((string what, Action apply) in edits)
        {
            // What Visual Studio holds is of the last build; it reads the items anew after each.
            JsonNode held = Items(repository);
            Assert.True(Stale(repository, held) is null, $"before {what}: {Stale(repository, held)}");
            apply();
            Assert.True(Stale(repository, held) is not null, what);
            Assert.True(repository.Build("--no-restore").Succeeded, what);
        }

        Assert.Null(Stale(repository, Items(repository)));
        repository.Done();
    }

    /// <summary>The documented rule, set by set: every output exists, every input exists, and none is younger than the oldest output. The project file counts in any case.</summary>
    private static string? Stale(TestRepository repository, JsonNode told)
    {
        JsonNode items = told["Items"]!;
        (string Path, string Set)[] Read(string type) => [.. items[type]!.AsArray().Select(i => ((string)i!["FullPath"]!, (string?)i["Set"] ?? ""))];
        (string Path, string Set)[] outputs = [.. Read("UpToDateCheckBuilt"), .. Read("UpToDateCheckOutput")];
        (string Path, string Set)[] inputs = [.. Read("UpToDateCheckInput"), (repository.PathOf(repository.Project), "")];
        foreach (IGrouping<string, (string Path, string Set)> set in outputs.GroupBy(o => o.Set))
        {
            if (set.FirstOrDefault(o => !Path.Exists(o.Path)) is { Path: { } missing })
            {
                return $"{missing} is missing";
            }

            DateTime earliest = set.Min(o => File.GetLastWriteTimeUtc(o.Path));
            if (inputs.FirstOrDefault(i => i.Set == set.Key && (!Path.Exists(i.Path) || File.GetLastWriteTimeUtc(i.Path) > earliest)) is { Path: { } input })
            {
                return $"{input} is missing or younger than an output";
            }
        }

        return outputs.Length == 0 ? "no output is told" : null;
    }

    private static JsonNode Items(TestRepository repository)
    {
        BuildResult result = repository.Run("msbuild", "-t:ModelOpsCollectUpToDateCheckItems", "-getItem:UpToDateCheckInput", "-getItem:UpToDateCheckBuilt", "-getItem:UpToDateCheckOutput",
            "-getProperty:DisableFastUpToDateCheck", "-getProperty:CopyBuildOutputToOutputDirectory");
        Assert.True(result.Succeeded, result.Output);
        return JsonNode.Parse(result.Output[result.Output.IndexOf('{')..])!;
    }

    private static (BuildResult Build, string[] Calls) Trace(TestRepository repository)
    {
        string log = repository.PathOf("../strace.log");
        BuildResult build = repository.BuildUnder(["strace", "-f", "-qq", "-s", "300", "-e", "trace=execve,open,openat", "-o", log], "--no-restore");
        Assert.True(build.Succeeded, build.Output);
        return (build, File.ReadAllLines(log));
    }

    private static bool IsStart(string call) => call.Contains("execve(", StringComparison.Ordinal) && call.EndsWith(" = 0", StringComparison.Ordinal);

    // Folders are listed, by MSBuild's globs and our look; files are opened by whoever reads them.
    private static bool IsInput(TestRepository repository, string call)
        => call.Contains(repository.Root, StringComparison.Ordinal) && !call.Contains("O_DIRECTORY", StringComparison.Ordinal)
            && (call.Contains("/data/", StringComparison.Ordinal) || call.Contains("/prompts/", StringComparison.Ordinal) || call.Contains("/base/", StringComparison.Ordinal));
}
