/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/agents.h"

#include "tests/support/test.h"

#define IPHONE                                                                                     \
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "    \
    "Gecko) "
#define ANDROID "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
#define WINDOWS "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
#define GECKO   " AppleWebKit/537.36 (KHTML, like Gecko) "
#define VISITOR "Mozilla/5.0 (compatible; "

static const char *const people[] = {
    IPHONE "Version/17.5 Mobile/15E148 Safari/604.1",
    IPHONE "CriOS/125.0.6422.80 Mobile/15E148 Safari/604.1",
    IPHONE "FxiOS/126.0 Mobile/15E148 Safari/605.1.15",
    IPHONE "GSA/317.0.634488990 Mobile/15E148 Safari/604.1",
    IPHONE "Mobile/15E148 Instagram 334.0.4.32.98 (iPhone14,5; iOS 17_5; de_DE)",
    IPHONE "Mobile/15E148 [FBAN/FBIOS;FBAV/465.0.0.41.103;FBBV/602060281;FBDV/iPhone14,5]",
    IPHONE "Mobile/15E148 [Pinterest/iOS]",
    IPHONE "Mobile/15E148 musical_ly_34.8.0 JsSdk/2.0 BytedanceWebview/d8a21c6",
    IPHONE "Mobile/15E148 Snapchat/12.88.0.33 (like Safari/8617, panda)",
    IPHONE "Mobile/15E148 LinkedInApp/9.29.8962",
    IPHONE "DuckDuckGo/7 Mobile/15E148 Safari/605.1.15",
    ANDROID "Chrome/125.0.0.0 Mobile Safari/537.36",
    ANDROID "Version/4.0 Chrome/125.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/466.0.0.0]",
    ANDROID "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
    ANDROID "Chrome/125.0.0.0 Mobile Safari/537.36 OPR/82.0.4342.79",
    ANDROID "Version/4.0 Chrome/125.0.0.0 Mobile Safari/537.36 Line/14.7.1/IAB",
    ANDROID
    "Version/4.0 Chrome/125.0 Mobile Safari/537.36 MicroMessenger/8.0.49 Weixin NetType/WIFI",
    ANDROID "Version/4.0 Chrome/125.0.0.0 Mobile Safari/537.36 TwitterAndroid",
    ANDROID "Chrome/112.0.0.0 Mobile Safari/537.36 EdgA/112.0.1722.59",
    "Mozilla/5.0 (Linux; Android 10; CUBOT_X30)" GECKO "Chrome/112.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; CUBOT KINGKONG 9)" GECKO "Chrome/120.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; U; Android 9; cubot note 20 Build/PPR1)" GECKO "Version/4.0 Mobile",
    "Mozilla/5.0 (Linux; Android 14; SM-S928B; Monitor-Stand)" GECKO "Chrome/125.0 Safari/537.36",
    WINDOWS "Chrome/125.0.0.0 Safari/537.36",
    WINDOWS "Chrome/125.0.0.0 Safari/537.36 Edg/125.0.2535.51",
    WINDOWS "Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:126.0) Gecko/20100101 Firefox/126.0",
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.4 "
    "Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0",
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)" GECKO "Chrome/125.0.0.0 Safari/537.36",
    "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0)" GECKO "94.0.4606.31/7.0 TV Safari/537.36",
    "Mozilla/5.0 (Web0S; Linux/SmartTV)" GECKO "Chrome/94.0.4606.128 Safari/537.36 WebAppManager",
    "Mozilla/5.0 (Linux; Android 9; AFTT Build/PS7233; wv)" GECKO
    "Chrome/88.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Andr0id 9; BRAVIA 4K UR2)" GECKO
    "Chrome/90.0.4430.210 Safari/537.36 OPR/46.0",
    "Mozilla/5.0 (PlayStation; PlayStation 5/8.00) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    "Mozilla/5.0 (Nintendo Switch; WebApplet) AppleWebKit/609.4 (KHTML, like Gecko) NF/6.0.3",
    "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16",
    "BottegaVerde/3.2 (iPhone; iOS 17.4; Scale/3.00)",
    "Abbott-Shop/1.0 (Android 14)",
    "Abbot/2.0 (iPhone)",
    "Talbots/8.1 (iPhone; iOS 17.4)",
    "Talbot/8.1 (iPhone; iOS 17.4)",
    "ShopMonitorApp/2 (iPhone)",
    "SpiderManToys/1.4 (iPad; iOS 16.2)",
    "LighthouseClothing/5.0 (Android 13)",
    "MyShop/1.0 (preview build; iPhone)",
    "okhttp/4.12.0",
    "Dart/3.3 (dart:io)",
    "MyShop/412 CFNetwork/1496.0.7 Darwin/23.5.0",
    "Dalvik/2.1.0 (Linux; U; Android 13; CPH2211 Build/TP1A.220905.001)",
    "",
    "bo",
};

static const char *const robots[] = {
    VISITOR "Googlebot/2.1; +http://www.google.com/bot.html)",
    ANDROID "Chrome/125.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)",
    "Googlebot-Image/1.0",
    "AdsBot-Google (+http://www.google.com/adsbot.html)",
    "Mediapartners-Google",
    "GoogleOther",
    VISITOR "Google-InspectionTool/1.0;)",
    "FeedFetcher-Google; (+http://www.google.com/feedfetcher.html)",
    "Mozilla/5.0 (X11; Linux x86_64; Storebot-Google/1.0) Chrome/79.0 Safari/537.36",
    VISITOR "bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    WINDOWS "Chrome/103 Safari/537.36 BingPreview/1.0b",
    VISITOR "YandexBot/3.0; +http://yandex.com/bots)",
    VISITOR "Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    VISITOR "Baiduspider-render/2.0)",
    "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
    "DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)",
    VISITOR "Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
    "Mozilla/5.0 (Macintosh) Version/17.4 Safari/605.1.15 (Applebot/0.1)",
    VISITOR "SeznamBot/4.0)",
    VISITOR "PetalBot;+https://webmaster.petalsearch.com/site/petalbot)",
    "Mozilla/5.0 (Linux; Android 5.0) Mobile Safari (compatible; Bytespider; spider-feedback)",
    VISITOR "GPTBot/1.1; +https://openai.com/gptbot)",
    VISITOR "ChatGPT-User/1.0; +https://openai.com/bot)",
    VISITOR "OAI-SearchBot/1.0)",
    VISITOR "ClaudeBot/1.0; +claudebot@anthropic.com)",
    VISITOR "Perplexity-User/1.0; +https://perplexity.ai/perplexity-user)",
    "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "CCBot/2.0 (https://commoncrawl.org/faq/)",
    VISITOR "Amazonbot/0.1)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Twitterbot/1.0",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "TelegramBot (like TwitterBot)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    VISITOR "AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    VISITOR "SemrushBot-SA/0.97)",
    VISITOR "MJ12bot/v1.4.8; http://mj12bot.com/)",
    "Screaming Frog SEO Spider/19.8",
    VISITOR "DataForSeoBot/1.0)",
    "archive.org_bot",
    "ia_archiver (+http://www.alexa.com/site/help/webmasters)",
    "Mozilla/4.5 (compatible; HTTrack 3.0x; Windows 98)",
    "Mozilla/5.0 (X11; Linux x86_64)" GECKO "HeadlessChrome/120.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 11; moto g)" GECKO "Chrome/119 Mobile Safari Chrome-Lighthouse",
    "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/534.34 PhantomJS/1.9.8 Safari/534.34",
    "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
    "Uptime-Kuma/1.23.11",
    WINDOWS "Chrome/108.0 Safari/537.36 (StatusCake)",
    WINDOWS "Chrome/61.0 Safari/537.36 GTmetrix",
    "Scrapy/2.11.1 (+https://scrapy.org)",
    VISITOR "Googlebot/2.1) cubot",
    "Mozilla/5.0 (Linux; Android 10; CUBOT_X30) Chrome/112.0 (compatible; AhrefsBot/7.0)",
    "SomeBot",
    "robot",
    "  BOT ",
};

/* Under a secret key they are the shop's own server. */
static const char *const libraries[] = {
    "python-requests/2.31.0",
    "Python/3.11 aiohttp/3.9.5",
    "curl/8.5.0",
    "Wget/1.21.4",
    "Go-http-client/2.0",
    "Apache-HttpClient/4.5.14 (Java/17.0.10)",
    "Java/17.0.10",
    "axios/1.6.8",
    "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
    "libwww-perl/6.72",
    "PostmanRuntime/7.39.0",
    "GuzzleHttp/7",
    "insomnia/9.2.0",
};

static void assert_each(const char *const *agents, size_t count, bool here, bool vouched)
{
    for (size_t i = 0; i < count; i++) {
        if (agent_is_robot(text_from(agents[i]), false) != here)
            fail_msg("%s is %s", agents[i], here ? "not found" : "taken for a robot's");
        if (agent_is_robot(text_from(agents[i]), true) != vouched)
            fail_msg("%s is %s where it is vouched for", agents[i],
                     vouched ? "not found" : "taken for a robot's");
    }
}

static void agents_of_people_are_no_robots(void **state)
{
    assert_each(people, COUNT(people), false, false);
}

static void agents_of_robots_are(void **state)
{
    assert_each(robots, COUNT(robots), true, true);
}

static void libraries_are_unless_the_shops_own_server_sends_them(void **state)
{
    assert_each(libraries, COUNT(libraries), true, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agents_of_people_are_no_robots),
        cmocka_unit_test(agents_of_robots_are),
        cmocka_unit_test(libraries_are_unless_the_shops_own_server_sends_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
