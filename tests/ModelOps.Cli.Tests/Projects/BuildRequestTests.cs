using ModelOps.Cli.Projects;

namespace ModelOps.Cli.Tests.Projects;

public sealed class BuildRequestTests
{
    [Fact]
    public void A_stage_is_a_restoring_build_of_its_target()
        => Assert.Equal(["msbuild", "/x/T.csproj", "-restore", "-t:ModelOpsTrain", "-nologo", "-v:minimal"], new BuildRequest("/x/T.csproj", "ModelOpsTrain").Arguments());

    [Fact]
    public void Properties_verbosity_and_restore_are_passed_on()
    {
        var request = new BuildRequest("T.csproj", "ModelOpsGate") { Restore = false, Properties = ["LoraRank=8", "A=b c"], Verbosity = "quiet" };

        Assert.Equal(["msbuild", "T.csproj", "-t:ModelOpsGate", "-nologo", "-v:quiet", "-p:LoraRank=8", "-p:A=b c"], request.Arguments());
    }

    [Fact]
    public void Without_a_target_the_project_is_only_evaluated()
        => Assert.DoesNotContain(new BuildRequest("T.csproj", null).Arguments(), a => a.StartsWith("-restore", StringComparison.Ordinal) || a.StartsWith("-t:", StringComparison.Ordinal));

    [Fact]
    public void Property_values_are_read_in_both_of_the_forms_that_MSBuild_prints()
    {
        Assert.Equal("obj/x/", BuildProcess.Values("obj/x/\n", ["One"])["One"]);
        Assert.Equal("2", BuildProcess.Values("""{ "Properties": { "One": "1", "Two": "2" } }""", ["One", "Two"])["Two"]);
    }
}
