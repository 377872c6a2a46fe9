using System.Text;

namespace ModelOps.Sdk.Tests;

/// <summary>A repository with raw files and no rows.</summary>
public sealed class Preparing
{
    [Fact]
    public void Raw_files_become_rows_a_model_and_a_package_with_its_data_card()
    {
        TestRepository repository = new TestRepository().WithTriage().Property("ModelOpsGates", "false").Property("UseSplitLock", "true")
            .Property("PackageId", "Contoso.Triage").Property("PackageLicenseExpression", "MIT").Property("PackageOutputPath", "../out")
            .Item("""<SourceData Include="raw/*.csv" Prompt="text" Completion="queue" License="MIT" />""")
            .Item("""<SourceData Include="raw/share.json" Format="ShareGpt" Group="user" Weight="2" License="CC-BY-4.0" />""")
            .Item("""<RowFilter Include="AnswerLength" Minimum="2" />""").Save()
            .Write("Triage/raw/tickets.csv", "text,queue\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"\"{Words(i)}, please\",{(i % 2 == 0 ? "setup" : "access")}\n")) + "short answer,x\n")
            .Write("Triage/raw/share.json", "[" + string.Join(",\n", Enumerable.Range(40, 20).Select(i => $$"""{"user":{{i / 2}},"conversations":[{"from":"human","value":"{{Words(i)}}"},{"from":"gpt","value":"access"}]}""")) + "]");
        Directory.Delete(repository.PathOf("Triage/data"), recursive: true);

        BuildResult plan = repository.Build("-p:ModelOpsMode=Plan");
        BuildResult pack = repository.Run("pack");
        Assert.True(plan.Succeeded, plan.Output);
        Assert.Matches(@"Prepare +prepares: no earlier result here", plan.Output);
        Assert.True(pack.Succeeded, pack.Output);
        Assert.Matches(@"prepares 61 records of 2 sources: \d+ train, \d+ validation, \d+ eval rows; 1 dropped", pack.Output);
        var package = new PackagingArchive(Assert.Single(Directory.GetFiles(repository.PathOf("out"), "Contoso.Triage.*.nupkg")));
        string card = Encoding.UTF8.GetString(package["report/data.md"]);
        Assert.Contains("| raw/share.json | ShareGpt | CC-BY-4.0 | 2 | 20 | 20 |", card, StringComparison.Ordinal);
        Assert.Contains("| AnswerLength &gt;= 2 | 1 |", card, StringComparison.Ordinal);
        Assert.Contains("CC-BY-4.0 AND MIT", card, StringComparison.Ordinal);
        Assert.DoesNotContain(package.Files, f => f.EndsWith("data.html", StringComparison.Ordinal));
        string kept = File.ReadAllText(repository.PathOf("Triage/split.lock"));

        BuildResult again = repository.Build("--no-restore");
        Assert.Empty(again.Ran);
        Assert.Contains("up to date", again.Output, StringComparison.Ordinal);

        // A row that resembles a locked one, and a broken one.
        File.AppendAllText(repository.PathOf("Triage/raw/tickets.csv"), $"\"{Words(3)}, please now\",access\n\"{Words(99)}\", \n");
        BuildResult broken = repository.Build("--no-restore");
        Assert.Matches(@"raw[\\/]tickets\.csv\(44,\d+\): error MOPS1008", broken.Output);
        repository.Edit("Triage/raw/tickets.csv", ", \n", ",setup\n");
        BuildResult added = repository.Build("--no-restore");
        Assert.True(added.Succeeded, added.Output);
        Assert.Matches(@"retrains: .*raw/tickets\.csv", added.Output);
        Assert.All(kept.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Contains(line, File.ReadAllLines(repository.PathOf("Triage/split.lock"))));
        repository.Done();
    }

    private static string Words(int i) => string.Join(' ', Enumerable.Range(1, 9).Select(w => $"w{(i + 1) * 7919 * w % 99991:x}"));
}
