using System.Text;

namespace ModelOps.Sdk.Tests;

/// <summary>No road around the gate: Pack itself looks at the verdict and at what it was passed on.</summary>
public sealed class PackagingRefusals
{
    private static readonly string[] s_noBuild = ["--no-build"];

    [Fact]
    public void Without_a_build_or_after_a_missed_gate_nothing_is_packed()
    {
        TestRepository repository = Packaging.Repository().Save();

        BuildResult restore = repository.Run("restore");
        BuildResult never = repository.Run("pack", s_noBuild);
        repository.Edit("Triage/Triage.csproj", "Minimum=\"0.80\"", "Minimum=\"0.999\"");
        BuildResult missed = repository.Build("--no-restore");
        BuildResult failed = repository.Run("pack", s_noBuild);
        BuildResult failedAgain = repository.Run("pack", "--no-restore");
        repository.Edit("Triage/Triage.csproj", "</Project>", """
              <Target Name="Ship">
                <MSBuild Projects="$(MSBuildProjectFullPath)" Targets="Build" Properties="Once=1" ContinueOnError="true" />
                <MSBuild Projects="$(MSBuildProjectFullPath)" Targets="Pack" Properties="NoBuild=true;Once=2" ContinueOnError="true" />
              </Target>
            </Project>
            """);
        BuildResult shrugged = repository.Build("--no-restore", "-t:Ship");

        Assert.True(restore.Succeeded, restore.Output);
        Assert.Equal((1, "MOPS6001"), (never.ExitCode, string.Join(',', never.Codes)));
        Assert.Equal(1, missed.ExitCode);
        Assert.Equal((1, "MOPS6002"), (failed.ExitCode, string.Join(',', failed.Codes)));
        Assert.Equal(1, failedAgain.ExitCode);
        Assert.Contains("MOPS6002", shrugged.Codes);
        Assert.Empty(Packaging.Packages(repository));
        repository.Done();
    }

    [Fact]
    public void What_was_changed_after_the_verdict_is_not_packed()
    {
        TestRepository repository = Packaging.Repository().Save();
        BuildResult build = repository.Build();
        Assert.True(build.Succeeded, build.Output);

        Refuses("an edited training row", "data, hyper-parameters", () => Change("Triage/data/train/a.jsonl", "alpha3 beta3 about", "alpha3 beta3 concerning"));
        Refuses("an edited held-out row", "held-out rows", () => Change("Triage/data/eval/a.jsonl", "alpha3 beta3 on", "alpha3 beta3 concerning"));
        Refuses("another prompt", "prompts", () => Change("Triage/prompts/zero.prompty", "Ticket:", "The ticket:"));
        Refuses("a lower threshold", "the gates changed", () => Change("Triage/Triage.csproj", "Minimum=\"0.80\"", "Minimum=\"0.10\""));
        Refuses("another rank", "hyper-parameters", () => Change("Triage/Triage.csproj", "<PackageId>", "<LoraRank>8</LoraRank><PackageId>"));
        Refuses("another base model", "base model", () => Change("base/model.safetensors", "weights", "heavier"));
        Refuses("a tampered adapter", "by hand", () => Change(repository.Obj("adapter/mock.json"), "billing", "Billing"));
        Refuses("a tampered verdict", "by hand", () => Change(repository.Obj("verdict.json"), "\"outcome\"", " \"outcome\""));

        BuildResult again = repository.Build("--no-restore");
        BuildResult pack = repository.Run("pack", s_noBuild);

        Assert.True(again.Succeeded, again.Output);
        Assert.Empty(again.Ran);
        Assert.True(pack.Succeeded, pack.Output);
        Assert.Equal(2, Packaging.Packages(repository).Length);
        repository.Done();

        void Refuses(string what, string why, Func<Action> change)
        {
            Action undo = change();
            BuildResult refused = repository.Run("pack", s_noBuild);
            undo();
            Assert.True(refused.ExitCode == 1 && refused.Codes is ["MOPS6003"], $"{what}: {refused.Output}");
            Assert.Contains(why, refused.Output, StringComparison.Ordinal);
            Assert.Empty(Packaging.Packages(repository));
        }

        Action Change(string file, string old, string @new)
        {
            string path = repository.PathOf(file);
            byte[] before = File.ReadAllBytes(path);
            string text = Encoding.UTF8.GetString(before);
            Assert.Contains(old, text, StringComparison.Ordinal);

            // Replaced and not overwritten: the store may hold the same file by another name.
            File.Delete(path);
            File.WriteAllText(path, text.Replace(old, @new, StringComparison.Ordinal));
            return () => File.WriteAllBytes(path, before);
        }
    }
}
