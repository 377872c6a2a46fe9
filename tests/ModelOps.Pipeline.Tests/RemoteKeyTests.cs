using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Training;

namespace ModelOps.Pipeline.Tests;

/// <summary>What trains anew at a provider: whatever it is told, and nothing that it is not told.</summary>
public sealed class RemoteKeyTests
{
    private static readonly DatasetManifest s_rows = new([new DatasetSet(DatasetKind.Training, RowOrder.Canonical, Digest.Of("rows"u8), [], [])]);
    private static readonly (string, string)[] s_openAi = [(Names.Trainer, "openai"), (Names.ProviderModel, "gpt-x")];

    [Theory]
    [InlineData(Names.ProviderModel, "gpt-y")]
    [InlineData(Names.Epochs, "4")]
    [InlineData(Names.BatchSize, "8")]
    [InlineData(Names.Seed, "7")]
    [InlineData(Names.LearningRateMultiplier, "0.5")]
    [InlineData(Names.FineTuneMethod, "dpo")]
    public void What_is_sent_is_part_of_the_key(string name, string value) => Assert.NotEqual(KeyOf(s_openAi), KeyOf([.. s_openAi, (name, value)]));

    [Theory]
    [InlineData(Names.LearningRate, "2e-4")]
    [InlineData(Names.LoraRank, "8")]
    [InlineData(Names.WarmupRatio, "0.5")]
    [InlineData(Names.ModelOpsProviderUrl, "https://gateway.test/v1")]
    [InlineData(Names.ModelOpsProviderKeyVariable, "OTHER")]
    [InlineData(Names.ModelOpsPrices, "p.json")]
    [InlineData(Names.BaseModel, "elsewhere")]
    public void What_is_not_sent_is_no_part_of_it(string name, string value) => Assert.Equal(KeyOf(s_openAi), KeyOf([.. s_openAi, (name, value)]));

    [Theory]
    [InlineData(Names.LoraRank, "8", true)]
    [InlineData(Names.LearningRateMultiplier, "0.5", true)]
    [InlineData(Names.LearningRate, "2e-4", false)]
    [InlineData(Names.BatchSize, "8", false)]
    [InlineData(Names.Seed, "7", false)]
    [InlineData(Names.ModelOpsProviderUrl, "https://europe-west4-aiplatform.googleapis.com/v1", false)]
    public void What_vertex_is_told_decides_there(string name, string value, bool decides)
    {
        (string, string)[] vertex = [(Names.Trainer, "vertex"), (Names.ProviderModel, "gemini-x")];
        Assert.Equal(decides, KeyOf(vertex) != KeyOf([.. vertex, (name, value)]));
    }

    [Fact]
    public void Another_trainer_is_another_key_of_the_same_rows()
    {
        FingerprintFile engine = Of([]), remote = Of(s_openAi);

        Assert.NotEqual(engine.Key, remote.Key);
        Assert.Equal(engine.Fields.Value(DatasetKind.Training.Field()), remote.Fields.Value(DatasetKind.Training.Field()));
        Assert.Equal("\"openai\"", remote.Fields.Value("trainer"));
        Assert.Equal("\"gpt-x\"", remote.Fields.Value("providerModel"));
    }

    [Fact]
    public void A_key_that_stands_where_its_variable_should_is_not_repeated()
    {
        var log = new TestLog();

        Assert.Null(TypedSettings.Parse(TestInputs.Of("/p/p.csproj", [.. s_openAi, (Names.ModelOpsProviderKeyVariable, "sk-proj-1234")]), _ => default, log));

        Diagnostic problem = Assert.Single(log.Diagnostics);
        Assert.Equal("MOPS2054", problem.Code);
        Assert.DoesNotContain("1234", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://provider.test/v1")]
    [InlineData("https://me:secret@provider.test/v1")]
    [InlineData("v1")]
    public void A_key_is_sent_to_no_address_that_anybody_could_read(string url)
    {
        var log = new TestLog();
        Assert.Null(TypedSettings.Parse(TestInputs.Of("/p/p.csproj", [.. s_openAi, (Names.ModelOpsProviderUrl, url)]), _ => default, log));
        Assert.Equal("MOPS2054", Assert.Single(log.Diagnostics).Code);
    }

    private static ActionKey KeyOf((string, string)[] settings) => Of(settings).Key;

    private static FingerprintFile Of((string, string)[] settings)
    {
        TypedSettings typed = TypedSettings.Require(TestInputs.Of("/p/p.csproj", settings));
        BaseModelIdentity model = typed.Remote is { } remote ? BaseModelIdentity.Elsewhere(remote.Trainer.Name, remote.Model) : BaseModelIdentity.Elsewhere("here", "base");
        return TrainingKey.Of(typed, model, s_rows);
    }
}
