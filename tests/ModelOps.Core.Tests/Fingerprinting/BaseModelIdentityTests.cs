using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Tests.Fingerprinting;

public sealed class BaseModelIdentityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BaseModelIdentityTests() => WriteModel();

    public void Dispose() => _folder.Dispose();

    private void WriteModel()
    {
        _folder.Write("m/config.json", """{"model_type":"llama","hidden_size":64,"rope_theta":10000.0,"rms_norm_eps":1e-05,"torch_dtype":"bfloat16","transformers_version":"4.40.0","_name_or_path":"x/y"}""");
        _folder.Write("m/tokenizer.json", "{}");
        _folder.Write("m/tokenizer_config.json", """{"chat_template":"{{ messages }}","eos_token":"</s>","model_max_length":2048}""");
        _folder.Write("m/model.safetensors", "weights");
    }

    private BaseModelIdentity Identity() => BaseModelIdentity.Compute(_folder.In("m"));

    [Theory]
    [InlineData("config.json", """{"rope_theta":10000,"hidden_size":64,"model_type":"llama","rms_norm_eps":0.00001,"torch_dtype":"float32"}""")]
    [InlineData("tokenizer_config.json", """{"eos_token":"</s>","chat_template":"{{ messages }}","model_max_length":1}""")]
    [InlineData("README.md", "words")]
    [InlineData("chat_template.jinja", "{{ messages }}")] // the same template in the other place
    public void What_does_not_matter_changes_nothing(string file, string text)
    {
        Digest before = Identity().Digest;
        _folder.Write($"m/{file}", text);
        Assert.Equal(before, Identity().Digest);
    }

    [Theory]
    [InlineData("config.json", """{"model_type":"llama","hidden_size":64,"rope_theta":500000.0,"rms_norm_eps":1e-05}""")]
    [InlineData("config.json", """{"model_type":"llama","hidden_size":64,"rope_theta":10000.0,"rms_norm_eps":1e-05,"tie_word_embeddings":true}""")]
    [InlineData("tokenizer.json", "{ }")]
    [InlineData("tokenizer_config.json", """{"chat_template":"{{ messages }}","eos_token":"<end>"}""")]
    [InlineData("tokenizer_config.json", """{"chat_template":"{{ messages }} ","eos_token":"</s>"}""")]
    [InlineData("chat_template.jinja", "other")]
    [InlineData("generation_config.json", """{"eos_token_id":[1,2]}""")]
    [InlineData("model.safetensors", "Weights")]
    public void What_matters_changes_the_identity(string file, string text)
    {
        Digest before = Identity().Digest;
        _folder.Write($"m/{file}", text);
        Assert.NotEqual(before, Identity().Digest);
    }

    [Fact]
    public void The_folder_has_no_part_in_it_and_every_file_is_named()
    {
        BaseModelIdentity here = Identity();
        Directory.Move(_folder.In("m"), _folder.In("other"));
        Assert.Equal(here.Digest, BaseModelIdentity.Compute(_folder.In("other")).Digest);
        Assert.Equal(["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"], here.Files.Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_callers_digests_are_used()
    {
        var asked = new List<string>();
        BaseModelIdentity identity = BaseModelIdentity.Compute(_folder.In("m"), path =>
        {
            asked.Add(Path.GetFileName(path));
            return Digest.OfFile(path);
        });
        Assert.Equal(Identity().Digest, identity.Digest);
        Assert.Equal(["tokenizer.json", "model.safetensors"], asked);
    }

    [Fact]
    public void Sharded_weights_are_all_their_parts()
    {
        File.Delete(_folder.In("m", "model.safetensors"));
        _folder.Write("m/model.safetensors.index.json", """{"weight_map":{"a":"model-2.safetensors","b":"model-1.safetensors","c":"model-2.safetensors"}}""");
        _folder.Write("m/model-1.safetensors", "1");
        Assert.Equal("MOPS2007", Code());
        _folder.Write("m/model-2.safetensors", "2");
        Digest whole = Identity().Digest;
        _folder.Write("m/model-2.safetensors", "3");
        Assert.NotEqual(whole, Identity().Digest);
        _folder.Write("m/model.safetensors.index.json", """{"weight_map":{"a":"../model-2.safetensors"}}""");
        Assert.Equal("MOPS2003", Code());
    }

    [Theory]
    [InlineData("config.json", "MOPS2002")]
    [InlineData("tokenizer.json", "MOPS2004")]
    [InlineData("model.safetensors", "MOPS2005")]
    [InlineData("tokenizer_config.json", "MOPS2006")]
    public void A_missing_part_has_its_code(string file, string code)
    {
        File.Delete(_folder.In("m", file));
        Assert.Equal(code, Code());
    }

    [Fact]
    public void Other_faults_have_theirs()
    {
        Assert.Equal("MOPS2001", Assert.Throws<DiagnosticException>(() => BaseModelIdentity.Compute(_folder.In("none"))).Diagnostic.Code);
        _folder.Write("m/config.json", "{\n \"model_type\": }");
        DiagnosticException thrown = Assert.Throws<DiagnosticException>(Identity);
        Assert.Equal(("MOPS2003", 2, 16), (thrown.Diagnostic.Code, thrown.Diagnostic.Location!.Value.Line, thrown.Diagnostic.Location!.Value.Column));
        _folder.Write("m/config.json", """{"hidden_size":64}""");
        Assert.Equal("MOPS2003", Code());
        WriteModel();
        _folder.Write("m/model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
        Assert.Equal("MOPS2008", Code());
    }

    [Fact]
    public void Named_templates_use_the_default()
    {
        Digest before = Identity().ChatTemplate;
        _folder.Write("m/tokenizer_config.json", """{"chat_template":[{"name":"rag","template":"r"},{"name":"default","template":"{{ messages }}"}]}""");
        Assert.Equal(before, Identity().ChatTemplate);
    }

    [FactIfShared("models/stories260K/config.json")]
    public void A_real_model_is_identified_or_says_what_it_lacks()
    {
        // This one is published without a chat template, and that is what is said.
        string folder = SharedCases.In("models/stories260K");
        var thrown = Record.Exception(() => BaseModelIdentity.Compute(folder));
        Assert.True(thrown is null || ((DiagnosticException)thrown).Diagnostic.Code == "MOPS2006");
    }

    private string Code() => Assert.Throws<DiagnosticException>(Identity).Diagnostic.Code;
}
