using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Tests;

public sealed class ProjectXmlTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Places_of_properties_items_and_metadata()
    {
        ProjectXml xml = Load("""
            <Project>
              <PropertyGroup Condition="'$(A)' == ''">
                <Epochs>3</Epochs>
              </PropertyGroup>
              <ItemGroup>
                <EvalGate Include="JsonValid" Minimum="0.9" />
                <EvalGate Include="ExactMatch">
                  <Minimum>0.8</Minimum>
                </EvalGate>
              </ItemGroup>
            </Project>
            """);

        Assert.Equal(At(3, 6), xml.PropertyLocation("epochs"));
        Assert.Equal(new SourceLocation(_folder["p.csproj"]), xml.PropertyLocation("Seed"));
        Assert.Equal(At(6, 15), xml.ItemLocation("EvalGate", "JsonValid"));
        Assert.Equal(At(6, 35), xml.ItemLocation("EvalGate", "JsonValid", "minimum"));
        Assert.Equal(At(8, 8), xml.ItemLocation("EvalGate", "ExactMatch", "Minimum"));
        Assert.Equal(At(7, 15), xml.ItemLocation("EvalGate", "ExactMatch", "Nothing"));
    }

    [Fact]
    public void Own_imports_are_read_and_others_are_not()
    {
        _folder.Write("Directory.Build.props", "<Project><PropertyGroup><Outer>1</Outer></PropertyGroup></Project>");
        _folder.Write("src/Directory.Build.props", "<Project><Import Project=\"$([MSBuild]::GetPathOfFileAbove('Directory.Build.props', '$(MSBuildThisFileDirectory)../'))\" /><Import Project=\"$(MSBuildThisFileDirectory)more/a.props\" /></Project>");
        _folder.Write("src/more/a.props", "<Project><Import Project=\"a.props\" /><PropertyGroup><Inner>1</Inner></PropertyGroup></Project>");
        ProjectInputs inputs = TestInputs.Of(_folder.Write("src/p.csproj", "<Project><Import Project=\"$(NuGetPackageRoot)x.props\" /></Project>")) with
        {
            ProjectFiles = [_folder["src/Directory.Build.props"], _folder["src/absent.props"]],
        };

        Assert.Equal(["Inner", "Outer"], ProjectXml.Load(inputs).Properties.Select(p => p.Name).Order());
    }

    [Theory]
    [InlineData("LoraRnk", "MOPS2051")]
    [InlineData("Epoch", "MOPS2051")]
    [InlineData("ModelOpsForece", "MOPS2051")]
    [InlineData("LoraRank", null)]
    [InlineData("lorarank", null)]
    [InlineData("Nullable", null)]
    [InlineData("LangVersion", null)]
    [InlineData("ModelOpsTrainDependsOn", null)]
    [InlineData("PackageLicenseExpression", null)]
    public void Near_misses_and_only_those(string name, string? code)
    {
        var log = new TestLog();
        ProjectInputs inputs = TestInputs.Of(_folder.Write("p.csproj", $"<Project><PropertyGroup><{name}>1</{name}></PropertyGroup></Project>"));
        ProjectLint.Check(inputs, ProjectXml.Load(inputs), log);
        Assert.Equal(code is null ? [] : [code], log.Codes);
    }

    private ProjectXml Load(string text) => ProjectXml.Load(TestInputs.Of(_folder.Write("p.csproj", text)));

    private SourceLocation At(int line, int column) => new(_folder["p.csproj"], line, column);
}
